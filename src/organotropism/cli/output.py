"""Writing results: whole or not at all, and safe for the terminal that shows them."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import IO

from organotropism.errors import InputError, visible
from organotropism.files import new_file, new_folder, unwritable

STANDARD_OUTPUT = "standard output"


def write_text(text: str, target: Path | None, *, coloured: bool = False) -> None:
    """Write text to a file, or to standard output where there is none.

    Parameters
    ----------
    coloured : whether the text holds this program's own colours; a terminal gets no other control characters
    """
    if target is not None:
        with new_file(target) as part:
            part.write_text(text, encoding="utf-8")
        return
    with _standard_output():
        sys.stdout.write(text if coloured or not sys.stdout.isatty() else visible(text))
        sys.stdout.flush()


def write_bytes(content: bytes, target: Path | None) -> None:
    """Write bytes to a file, or to standard output.

    Raises
    ------
    InputError
        Where they would go to a terminal.
    """
    if target is not None:
        with new_file(target) as part:
            part.write_bytes(content)
        return
    if sys.stdout.isatty():
        raise InputError("cannot be shown on a terminal", field="output", expected="--out FILE")
    with _standard_output():
        _copy(BytesIO(content))


def copy_out(file: Path) -> None:
    """Copy a finished file of text to standard output."""
    with open(file, "rb") as source, _standard_output():
        if sys.stdout.isatty():
            for line in source:
                sys.stdout.write(visible(line.decode("utf-8", "replace")))
            sys.stdout.flush()
        else:
            _copy(source)


def _copy(source: IO[bytes]) -> None:
    shutil.copyfileobj(source, sys.stdout.buffer)
    sys.stdout.buffer.flush()


@contextmanager
def _standard_output() -> Iterator[None]:
    """Say in one line that standard output takes nothing (more)."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        discard_output()
        raise unwritable(error, STANDARD_OUTPUT) or error from error


@contextmanager
def new_empty_folder(target: Path) -> Iterator[Path]:
    """Give the path of a new folder, which becomes `target` when the block ends well.

    Raises
    ------
    InputError
        Where there is such a folder with something in it, or it cannot be written.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise InputError("exists", file=str(target), expected="the name of a new folder, or an empty one")
    with new_folder(target) as folder:
        yield folder


def flush_output() -> None:
    """Write out what was printed."""
    with _standard_output():
        sys.stdout.flush()


def discard_output() -> None:
    """Let what is still to be written to standard output go nowhere: the process ends quietly."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
