"""NAACCR XML as patients with tumours: streamed, whatever the namespace, plain or compressed with gzip."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final, cast
from xml.etree.ElementTree import Element, ParseError, iterparse

from organotropism.errors import InputError

_GZIP: Final = b"\x1f\x8b"
_NAMESPACE: Final = "http://naaccr.org/naaccrxml"
_LONGEST: Final = 200
#: Names before version 18, 21 or 25 to those of now.
_RENAMED: Final = {
    "progesteroneReceptorSummary": "progesteroneRecepSummary",
    "estrogenReceptorPercentPositiveOrRange": "estrogenReceptorPercntPosOrRange",
    "progesteroneReceptorPercentPositiveOrRange": "progesteroneRecepPrcntPosOrRange",
    "seerMets": "eodMets",
    "sexAssignedAtBirth": "sex",
}
#: A document type may name other files, or grow without end: a registry's file has none.
_DOCTYPE: Final = b"<!DOCTYPE"


@dataclass
class Registered:
    """A patient of a registry: items by the name of the dictionary, and those of each tumour."""

    items: dict[str, str] = field(default_factory=dict)
    tumours: list[dict[str, str]] = field(default_factory=list)


def registered(path: str | Path) -> Iterator[Registered]:
    """The patients of a file, one after the other; items of other namespaces are ignored.

    Raises
    ------
    InputError
        No NAACCR XML, or a file that ends before its end.
    """
    file = str(path)
    try:
        with open(path, "rb") as plain:
            packed = plain.read(2) == _GZIP
            plain.seek(0)
            stream = cast(IO[bytes], gzip.GzipFile(fileobj=plain) if packed else plain)
            if _DOCTYPE in stream.read(10_000):
                raise InputError("has a document type, which NAACCR XML has not", file=file)
            stream.seek(0)
            yield from _patients(stream, file)
    except ParseError as error:
        line, _ = error.position
        raise InputError("is not well-formed XML", file=file, row=line) from None
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise InputError("is damaged: it cannot be unpacked", file=file) from None
    except (UnicodeError, ValueError, LookupError):
        raise InputError("is not well-formed XML", file=file) from None
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", file=file) from None


def _patients(stream: IO[bytes], file: str) -> Iterator[Registered]:
    root: Element | None = None
    for event, element in iterparse(stream, events=("start", "end")):
        if root is None:
            root = element
            if _name(element) != "NaaccrData":
                raise InputError("is not NAACCR XML", file=file, expected="NaaccrData as its first element")
        elif event == "end" and _name(element) == "Patient":
            yield _patient(element)
            # What was read is let go, so that memory does not grow with the file.
            root.clear()


def _name(element: Element) -> str | None:
    """Name of an element of the standard, with its namespace or without any."""
    space, mark, name = element.tag.rpartition("}")
    return name if not mark or space == "{" + _NAMESPACE else None


def _patient(element: Element) -> Registered:
    found = Registered(_items(element))
    found.tumours = [_items(child) for child in element if _name(child) == "Tumor"]
    return found


def _items(element: Element) -> dict[str, str]:
    """Items that are filled; of an item that stands twice the first."""
    items: dict[str, str] = {}
    for child in element:
        name = child.get("naaccrId")
        text = (child.text or "").strip()
        if _name(child) == "Item" and name and text:
            items.setdefault(_RENAMED.get(name, name), text[:_LONGEST])
    return items
