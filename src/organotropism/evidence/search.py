"""Free text over everything that the evidence holds: markers, studies, claims of the review, records.

Every word must be found, in the spelling of the question or under another name of the same protein
(`organotropism.evidence.names`). What is named by a word stands before what merely mentions it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache
from itertools import pairwise
from typing import Final

from organotropism.evidence.catalogue import Item, items
from organotropism.evidence.load import associations, counts, marker_genes, markers, review_claims, studies
from organotropism.evidence.names import canonical, folded, study_name

#: What a hit may be, in the order in which equally good ones stand.
KINDS: Final = ("marker", "study", "claim", "association", "count", "rate", "course")
_IGNORED: Final = frozenset(
    (
        "al",
        "an",
        "and",
        "as",
        "at",
        "by",
        "et",
        "for",
        "in",
        "is",
        "of",
        "on",
        "or",
        "the",
        "to",
        "vs",
        "with",
    )
)
_EDGES: Final = ".,;:()[]\"'“”"
#: Beginnings of words are looked for from this many letters on.
_BEGINNING: Final = 3
#: Endings in s of words that are no plural.
_NO_PLURAL: Final = ("is", "ss", "us")
#: A mistyped word stands for the nearest known one, at least so alike (difflib).
_ALIKE: Final = 0.75
#: Genes of a panel of at most so many name it; those of a longer signature only stand in it.
_FEW_GENES: Final = 12
#: A word in what names a hit, at the beginning of such a word, in the rest, at the beginning of such a word.
_EXACT, _BEGINS, _MENTIONED, _MENTIONED_BEGINS = 8, 4, 2, 1


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that a question finds.

    Attributes
    ----------
    id, kind : as `organotropism.evidence.show.show` takes and names them
    what : what it is, in words
    site : sites that it speaks of, where it is a record or a marker
    study : ids of the studies that it rests on
    score : how well it answers; comparable within one question
    """

    id: str
    kind: str
    what: str
    site: tuple[str, ...]
    study: tuple[str, ...]
    score: int


@dataclass(frozen=True, slots=True)
class Found:
    """Answer to a question.

    Attributes
    ----------
    hits : best first
    read_as : words that nothing has, and the nearest that was looked for instead; blank where none is near
    """

    hits: tuple[Hit, ...]
    read_as: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    """One thing to find: the words that name it, and those that it merely mentions."""

    hit: Hit
    named: frozenset[str]
    mentioned: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Index:
    """All that can be found, all its words in order, and where each word stands (entry, whether it names)."""

    entries: tuple[_Entry, ...]
    words: tuple[str, ...]
    places: dict[str, tuple[tuple[int, bool], ...]]

    def beginning(self, spelling: str) -> Iterator[str]:
        """Words that are the spelling or go on after it; NOTCH1 does not begin NOTCH10."""
        if spelling in self.places:
            yield spelling
        if len(spelling) >= _BEGINNING and spelling[-1].isalpha():
            position = bisect_right(self.words, spelling)
            while position < len(self.words) and self.words[position].startswith(spelling):
                yield self.words[position]
                position += 1

    def scores(self, spelling: str) -> dict[int, int]:
        """Entries that have a word of this beginning, or its singular, with how well."""
        found: dict[int, int] = {}
        plural = len(spelling) > _BEGINNING + 1 and spelling[-1] == "s" and spelling[-2:] not in _NO_PLURAL
        for beginning in (spelling, spelling[:-1]) if plural else (spelling,):
            for word in self.beginning(beginning):
                exact = word in (spelling, beginning)
                named, mentioned = (_EXACT, _MENTIONED) if exact else (_BEGINS, _MENTIONED_BEGINS)
                for entry, names in self.places[word]:
                    found[entry] = max(found.get(entry, 0), named if names else mentioned)
        return found


def search(text: str) -> Found:
    """What the evidence holds on some words.

    Parameters
    ----------
    text : words, all of which must be found; ``HR+/HER2-`` and ``VCAM-1`` are one word each. A word that
        nothing has is taken for the nearest (but no gene for another), or left out.
    """
    index = _index()
    read_as: list[tuple[str, str]] = []
    total: dict[int, int] | None = None
    for spelling in _asked(text, index):
        scores = index.scores(spelling)
        if not scores:
            if any(char.isdigit() for char in spelling):
                # One digit off is another gene.
                return Found((), ())
            near = next(iter(get_close_matches(spelling, index.words, n=1, cutoff=_ALIKE)), "")
            read_as.append((spelling, near))
            if not near:
                continue
            scores = index.scores(near)
        total = scores if total is None else {e: total[e] + scores[e] for e in scores if e in total}
    hits = [replace(index.entries[entry].hit, score=score) for entry, score in sorted((total or {}).items())]
    # Entries stand in the order of their tables, which equal hits keep.
    hits.sort(key=lambda hit: (-hit.score, KINDS.index(hit.kind)))
    return Found(tuple(hits), tuple(read_as) if hits else ())


def _asked(text: str, index: _Index) -> list[str]:
    """Words of a question, each in its one spelling."""
    asked: list[str] = []
    plain: list[str] = []
    for chunk in text.split():
        # A sign tells HR+/HER2+ from HR+/HER2-; canonical text has none.
        signs = "/" in chunk and _signed(chunk) in index.places
        (asked if signs else plain).append(_signed(chunk) if signs else chunk)
    for position, word in enumerate(canonical(" ".join(plain)).split()):
        if word[0].isdigit() and len(word) <= 2 and position:
            # Notch 1, reference 21: the number belongs to what stands before it.
            asked[-1] += word
        elif len(word) > 1 or word.isdigit():
            # A single letter is an initial.
            asked.append(word)
    return [word for word in asked if word not in _IGNORED]


def _signed(chunk: str) -> str:
    return chunk.strip(_EDGES).casefold().replace("−", "-")


@cache
def _index() -> _Index:
    """Made once, when first asked for."""
    entries = (*_markers(), *_studies(), *_claims(), *_records())
    places: dict[str, list[tuple[int, bool]]] = {}
    for number, entry in enumerate(entries):
        for words, names in ((entry.named, True), (entry.mentioned, False)):
            for word in words:
                places.setdefault(word, []).append((number, names))
    return _Index(entries, tuple(sorted(places)), {word: tuple(found) for word, found in places.items()})


def _entry(hit: Hit, named: Iterable[str], mentioned: Iterable[str]) -> _Entry:
    first = _tokens(named)
    return _Entry(hit, first, _tokens(mentioned) - first)


def _tokens(texts: Iterable[str]) -> frozenset[str]:
    """Words of texts: as they stand with their signs, in one spelling, and joined (``VCAM 1``: vcam1)."""
    found: set[str] = set()
    for text in texts:
        words = canonical(text).split()
        found.update(words)
        found.update(f"{a}{b}" for a, b in pairwise(words) if b[0].isdigit())
        for chunk in text.replace("_", " ").split():
            found.add(_signed(chunk))
            found.add(folded(chunk).replace(" ", ""))
    return frozenset(found) - _IGNORED - {""}


def _markers() -> Iterator[_Entry]:
    genes: dict[str, list[str]] = {}
    for gene in marker_genes():
        genes.setdefault(gene.marker_id, []).extend((gene.symbol, gene.current_symbol))
    by_id = {item.id: item for item in items() if item.kind == "marker"}
    for row in markers():
        item = by_id[row.marker_id]
        what = f"{row.analyte}, {row.compartment}: {row.rule}" if row.rule else row.analyte
        hit = Hit(row.marker_id, "marker", what, item.site, item.study, 0)
        own = genes.get(row.marker_id, [])
        few = own if len(set(own)) <= _FEW_GENES else []
        yield _entry(
            hit, (row.marker_id, *few), (what, row.model_system, row.notes, row.site, *own, *item.study)
        )


def _studies() -> Iterator[_Entry]:
    for study in studies().values():
        name = study_name(study)
        title = study.title.strip("()[]")
        what = name if title.startswith(name.removesuffix(" ...")[:40]) else f"{name}: {title}"
        hit = Hit(study.study_id, "study", what, (), (study.study_id,), 0)
        references = [f"reference {number.strip()}" for number in study.review_ref.split(";") if number]
        texts = (study.journal, study.doi, study.pmid, study.country, study.study_type, study.notes)
        yield _entry(hit, (study.study_id, what, *references), (study.authors_short, study.title, *texts))


def _claims() -> Iterator[_Entry]:
    for row in review_claims():
        hit = Hit(row.claim_id, "claim", f"{row.claim} ({row.verdict})", (), row.study_id, 0)
        yield _entry(hit, (row.claim_id, row.claim), (row.section, row.source_says, *row.study_id))


def _records() -> Iterator[_Entry]:
    said: dict[str, tuple[str, ...]] = {
        row.record_id: (row.factor, row.level, row.comparator, row.site, row.notes) for row in associations()
    }
    said |= {
        row.count_id: (row.stratum_factor, row.stratum_level, row.site, row.source_location)
        for row in counts()
    }
    for item in items():
        if item.kind != "marker":
            hit = Hit(item.id, item.kind, _what(item), item.site, item.study, 0)
            rest = (item.endpoint, item.population, item.compartment, *said.get(item.id, ()), *item.study)
            yield _entry(hit, (item.id, item.marker, item.factor, item.level, *item.site), rest)


def _what(item: Item) -> str:
    factor = item.marker or ("" if item.factor in ("subtype", "baseline") else item.factor.replace("_", " "))
    against = f" against {item.comparator}" if item.comparator else ""
    return f"{factor}: {item.level}{against}" if factor and item.level else f"{factor or item.level}{against}"
