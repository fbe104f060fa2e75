"""Names of one file as genes: what was found, what was mended, and whether it can be trusted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Final

from organotropism.errors import InputError
from organotropism.markers.genes import Identifiers
from organotropism.markers.spreadsheets import genes_of_date

_INTEGER: Final = re.compile(r"X?(\d{1,9})(?:\.0+)?", re.IGNORECASE)
#: What probes look like, by their makers.
_PROBES: Final = {
    "Affymetrix": re.compile(r"X?\d+(_[a-z])?_at|(HTA|TC)\d+.*\.hg\.1", re.IGNORECASE),
    "Illumina": re.compile(r"ILMN_\d+", re.IGNORECASE),
    "Agilent": re.compile(r"A_\d\d_P\d+", re.IGNORECASE),
}
#: Fewer numbers than these are no sequence.
_FEWEST: Final = 20
#: Hits that cannot be by chance: of today's symbols and Ensembl ids, of any kind, as a share of the names.
_STRONG, _MANY, _SHARE = 3, 20, 0.1
#: A file of so many genes holds most of those of the panels.
_WHOLE, _MOST = 5_000, 0.2
_SHOWN: Final = 5


class Names:
    """Reads the names of one file, and remembers what they were.

    Parameters
    ----------
    identifiers : how genes or probes are named
    file : for messages
    """

    def __init__(self, identifiers: Identifiers, file: str) -> None:
        self._identifiers, self._file = identifiers, file
        self.count = 0
        self.by: Counter[str] = Counter()
        self._symbols: set[str] = set()
        self._integers: set[int] = set()
        self._makers: Counter[str] = Counter()
        self._weak: list[str] = []
        self._beside = 0
        self._mended: dict[str, str] = {}
        self._unclear: dict[str, tuple[str, ...]] = {}
        self._serials: dict[str, tuple[str, ...]] = {}

    def find(
        self, name: str, others: Iterable[str] = (), notes: Iterable[str] = ()
    ) -> tuple[str, str] | None:
        """Today's symbol of a row, and how it was found; None where it is of no gene of the panels.

        Parameters
        ----------
        name : in the first column
        others : in further columns that name genes; a number in the first is then only the number of the row
        notes : in columns that may name genes
        """
        self.count += 1
        others = list(others)
        number = _INTEGER.fullmatch(name.strip())
        if number is not None and not others:
            self._integers.add(int(number[1]))
        for key in [*([] if number and others else [name]), *others, *notes]:
            hit = self._one(key)
            if hit is not None:
                self.by[hit[1]] += 1
                self._symbols.add(hit[0])
                if hit[1] in ("former symbol", "Entrez"):
                    self._weak.append(name)
                return hit
        return None

    def beside(self, names: Iterable[str]) -> None:
        """Take note of the names on the other side of the file, which may be probes."""
        for name in names:
            self._beside += 1
            self._make(name)

    def _one(self, key: str) -> tuple[str, str] | None:
        hit = self._identifiers.find(key)
        if hit is not None or self._identifiers.probes is not None:
            return hit
        if not key[:1].isdigit() and "-" not in key and "." not in key and "/" not in key and " " not in key:
            self._make(key)
            return None
        self._make(key)
        symbols, clear = genes_of_date(key)
        panel = sorted({found[0] for symbol in symbols if (found := self._identifiers.find(symbol))})
        if not panel:
            return None
        if clear and len(panel) == 1:
            self._mended[key] = panel[0]
            return panel[0], "spreadsheet date"
        (self._serials if _INTEGER.fullmatch(key) else self._unclear)[key] = symbols
        return None

    def _make(self, key: str) -> None:
        for maker, form in _PROBES.items():
            if form.fullmatch(key):
                self._makers[maker] += 1

    def settle(self) -> tuple[str, ...]:
        """What has to be known of the names.

        Raises
        ------
        InputError
            No name is a gene of the panels, they are running numbers, or the few that were found may be so by
            chance.
        """
        self._refuse_running()
        hits = self.by.total()
        if not hits:
            raise self._nothing()
        enough = (
            self._identifiers.probes is not None
            or hits >= _MANY
            or hits - len(self._weak) >= _STRONG
            or hits >= _SHARE * self.count
        )
        if not enough and hits == len(self._weak):
            found = ", ".join(self._weak[:_SHOWN])
            raise self._nothing(f" but {found}, by a former symbol or a number, which may be by chance")
        return tuple(self._notes(enough, hits))

    def _nothing(self, but: str = "") -> InputError:
        maker, count = next(iter(self._makers.most_common(1)), ("", 0))
        expected = "symbols, Entrez or Ensembl ids, or probes together with a map (--probes FILE)"
        if count * 2 > min(self.count, self._beside or self.count):
            expected = f"a map of probes (--probes FILE), for {maker} made these; or symbols of genes"
        return InputError(
            f"names no gene of the panels, neither in its header nor in its first column{but}",
            file=self._file or None,
            expected=expected,
        )

    def _refuse_running(self) -> None:
        """Numbers without gaps are those of rows or spots; Entrez ids are scattered over millions."""
        numbers = self._integers
        if self._identifiers.probes is not None or len(numbers) < max(_FEWEST, self.count / 2):
            return
        low, high = min(numbers), max(numbers)
        if len(numbers) * 2 > high - low + 1:
            raise InputError(
                f"names its genes by the running numbers {low} to {high}, which are those of rows or spots, "
                "not Entrez ids",
                file=self._file or None,
                expected="symbols, Entrez or Ensembl ids, or a map of these numbers to genes (--probes FILE)",
            )

    def _notes(self, enough: bool, hits: int) -> Iterable[str]:
        if not enough:
            yield (
                f"of {self.count:,} names only {hits} {'is a gene' if hits == 1 else 'are genes'} of the "
                "panels: see whether the file lies as said above, and what its genes are named by"
            )
        elif self.count >= _WHOLE and len(self._symbols) < _MOST * len(self._identifiers.genes.genes):
            yield (
                f"of {self.count:,} names only {len(self._symbols)} are genes of the panels, where most of "
                f"{len(self._identifiers.genes.genes)} are to be expected: see what the names are"
            )
        for name, symbol in sorted(self._mended.items()):
            yield f"{name} is read as {symbol}: a spreadsheet made a date of its former symbol"
        unclear = dict(self._unclear)
        if len(self._integers) * 2 < self.count:
            unclear |= self._serials
        for name, symbols in sorted(unclear.items()):
            yield (
                f"{name} is not used: it may be a date that a spreadsheet made of {' or '.join(symbols)}; "
                "write the symbol to have it used"
            )
