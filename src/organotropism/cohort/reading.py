"""What reading patients and reading events have in common: choosing rows, codings, times from diagnosis."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from organotropism.cohort import times as clock
from organotropism.cohort.columns import Column
from organotropism.cohort.mapping_sections import Source, Spec
from organotropism.cohort.source import Format
from organotropism.cohort.values import Coding
from organotropism.errors import one_of

if TYPE_CHECKING:
    import polars as pl

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]


def format_of(source: Source) -> Format:
    """Layout of a file as the mapping says it."""
    return Format(source.delimiter, source.quotes, source.sheet, source.skip)


def coding_of(spec: Spec, source: Source, factor: float = 1.0) -> Coding:
    """How a column is written.

    Parameters
    ----------
    source : of the file that the column stands in
    factor : units of the field in one of the table's
    """
    return Coding(
        codes={key.strip().casefold(): word for key, word in spec.codes.items()},
        unknown=frozenset(text.strip().casefold() for text in (*source.unknown, *spec.unknown)),
        factor=factor,
        misspelt=source.misspelt,
        positive_from=spec.positive_from,
        bands=spec.bands,
    )


def choices(
    frame: pl.DataFrame, only: Mapping[str, Sequence[str]], exclude: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, Bools]]:
    """Reasons of the mapping to set rows aside, each with its rows (n,)."""
    for column, words in only.items():
        yield f"{column} is not {one_of(words)}", ~_matches(frame[column], words)
    for column, words in exclude.items():
        for word in words:
            yield f"{column} is {word or 'empty'}", _matches(frame[column], [word])


def _matches(texts: pl.Series, words: Sequence[str]) -> Bools:
    """Whether a cell is one of the words, in any case; 4.0 is 4."""
    keys = [word.strip().casefold().removesuffix(".0") for word in words]
    text = texts.str.to_lowercase().str.strip_suffix(".0").fill_null("")
    matches: Bools = text.is_in(keys).to_numpy()
    return matches


@dataclass(frozen=True)
class Clock:
    """Reads times as years since diagnosis.

    Attributes
    ----------
    unit : of times that do not say their own
    formats : of dates that do not say their own
    diagnosis : (n,) days since 1970-01-01, NaN where not known; None without dates
    """

    unit: str
    formats: tuple[str, ...]
    diagnosis: Array | None = None

    def of(self, patient: NDArray[np.int64]) -> Clock:
        """The same for events: (events,) number of the patient of each, -1 for nobody."""
        if self.diagnosis is None:
            return self
        return replace(self, diagnosis=np.append(self.diagnosis, np.nan)[patient])

    def unit_of(self, spec: Spec) -> str:
        """Unit of a column of times."""
        unit = spec.unit or ("dates" if spec.format else self.unit)
        return "days" if unit == "dates" and self.diagnosis is None else unit

    def read(self, texts: pl.Series, spec: Spec, coding: Coding) -> Column:
        """Read a column of times: years since diagnosis, infinite for "not found".

        A date of a patient without a date of diagnosis cannot be used.
        """
        import polars as pl

        unit = self.unit_of(spec)
        if unit != "dates" or self.diagnosis is None:
            return clock.read_duration(texts, unit, coding)
        dates = clock.read_dates(texts, spec.format or self.formats, coding)
        days = dates.values.to_numpy() - self.diagnosis
        years = pl.Series(texts.name, days / clock.DAYS_IN_YEAR, nan_to_null=True)
        lost = dates.values.is_not_null().to_numpy() & years.is_null().to_numpy()
        return replace(dates, values=years, unknown_code=dates.unknown_code | lost)
