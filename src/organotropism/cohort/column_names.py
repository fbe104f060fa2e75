"""How tables name their columns: for each field the usual names, best first, in several languages."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Final

_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_OTHER: Final = re.compile(r"[\W_]+")
#: What portals and registries hang on to a name: GEO's channel, SEER's years.
_HANGING: Final = re.compile(r":ch\d$|\s*\((?:\d{4}|thru|malignant|study)[^)]*\)|^characteristics[ .]*", re.I)
#: Accents of Latin letters alone: the breve of a Cyrillic letter is none.
_ACCENTS: Final = dict(zip("áàâãéèêëíìîïóòôõúùûçñё", "aaaaeeeeiiiioooouuucn\u0435", strict=True))
_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "œ": "oe"})

_DATA: Final = "data/column_names.csv"


def _read() -> dict[str, dict[str, str]]:
    """Kind to field to its names, joined by bars, best first."""
    text = (files("organotropism.cohort") / _DATA).read_text(encoding="utf-8")
    found: dict[str, dict[str, str]] = {}
    for row in csv.DictReader(text.splitlines()):
        fields = found.setdefault(row["kind"], {})
        before = fields.get(row["field"])
        fields[row["field"]] = row["name"] if before is None else f"{before}|{row['name']}"
    return found


_NAMES: Final = _read()
PATIENT: Final[Mapping[str, str]] = _NAMES["patient"]
"""Fields of a patient."""

TIMES: Final[Mapping[str, str]] = _NAMES["time"]
"""Times and statuses; units and the word date may surround the name."""

SITE_WORDS: Final[Mapping[str, str]] = _NAMES["site"]
"""Words that name a site within the name of a column."""

_AROUND_SITE: Final = frozenset(_NAMES["around site"][""].split("|"))
_UNIT_WORDS: Final[Mapping[str, str]] = _NAMES["unit"]


def normal(name: str) -> str:
    """A column's name in lower case, no accents, words parted by blanks: ``AgeAt.DX`` is ``age at dx``."""
    plain = _CAMEL.sub(" ", _HANGING.sub("", name.strip())).casefold().translate(_UMLAUTS)
    plain = unicodedata.normalize("NFC", plain) if not plain.isascii() else plain
    plain = "".join(_ACCENTS.get(char, char) for char in plain)
    return _OTHER.sub(" ", plain).strip()


def unit_of(name: str) -> tuple[str | None, str]:
    """Unit of time that a column's name ends or begins with, and the name without it."""
    words = normal(name).split()
    for unit, known in _UNIT_WORDS.items():
        for place in (-1, 0):
            if len(words) > 1 and words[place] in known.split("|"):
                rest = words[:-1] if place == -1 else words[1:]
                joined = " ".join(rest).removeprefix("to ").removesuffix(" in")
                return unit, joined
    return None, " ".join(words)


def best(names: Iterable[str], known: str) -> str | None:
    """The column that bears one of the known names, the earliest of them."""
    rank = {word: number for number, word in enumerate(known.split("|"))}
    named = [(rank[key], number, name) for number, name in enumerate(names) if (key := normal(name)) in rank]
    return min(named)[2] if named else None


def all_of(names: Iterable[str], known: str) -> list[str]:
    """The columns that bear one of the known names, best first."""
    rank = {word: number for number, word in enumerate(known.split("|"))}
    return sorted((name for name in names if normal(name) in rank), key=lambda name: rank[normal(name)])


def best_time(names: Iterable[str], known: str) -> str | None:
    """As `best`, also where a unit of time stands before or after the name."""
    rank = {word: number for number, word in enumerate(known.split("|"))}
    named = []
    for number, name in enumerate(names):
        places = [rank[key] for key in (normal(name), unit_of(name)[1]) if key in rank]
        if places:
            named.append((min(places), number, name))
    return min(named)[2] if named else None


def site_of(name: str) -> str | None:
    """The site that a column is about: nothing but its name, units and words such as met or date."""
    text = normal(name)
    for site, words in SITE_WORDS.items():
        for word in words.split("|"):
            match = re.search(rf"\b{word}\b", text)
            if match and not set((text[: match.start()] + text[match.end() :]).split()) - _AROUND_SITE:
                return site
    return None
