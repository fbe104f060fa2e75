"""A column of a table as read: its values, and where and why there are none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import polars as pl

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Outcome:
    """What one text of a table was read as.

    Attributes
    ----------
    value : as read, None where there is none
    unknown_code : the text means nothing known
    out_of_range : a number outside the range of the field
    misspelt : a misspelt word was understood
    refused : why a patient with this value is not one of whom the models speak
    """

    value: Any = None
    unknown_code: bool = False
    out_of_range: bool = False
    misspelt: bool = False
    refused: str | None = None


MISSING = Outcome()


@dataclass(frozen=True, eq=False)
class Column:
    """A column as read, arrays (n,).

    Attributes
    ----------
    values : typed, null where missing or not usable
    unknown_code, out_of_range, misspelt : as in `Outcome`
    refused : as in `Outcome`, null where the patient is not refused
    """

    values: pl.Series
    unknown_code: Bools
    out_of_range: Bools
    misspelt: Bools
    refused: pl.Series

    @property
    def failed(self) -> Bools:
        """Where something stands that cannot be used."""
        failed: Bools = self.unknown_code | self.out_of_range | self.refused.is_not_null().to_numpy()
        return failed

    @property
    def missing(self) -> Bools:
        """Where nothing stands."""
        missing: Bools = self.values.is_null().to_numpy() & ~self.failed
        return missing

    def failing(self, rows: Bools) -> Column:
        """The column with an unknown code in some rows."""
        return replace(self.without(rows), unknown_code=self.unknown_code | rows)

    def without(self, rows: Bools) -> Column:
        """The column with no value in some rows."""
        import polars as pl

        kept = pl.select(pl.when(pl.Series(rows)).then(None).otherwise(self.values).alias(self.values.name))
        return replace(self, values=kept.to_series())


def read_distinct(texts: pl.Series, read: Callable[[Any], Outcome], dtype: Any) -> Column:
    """Read each different value of a column once and spread the outcomes over its rows.

    Parameters
    ----------
    texts : (n,) as in the table; null where empty
    read : turns one value into what it means; never called with None
    dtype : polars type of the values read
    """
    import polars as pl

    distinct = texts.drop_nulls().unique(maintain_order=True)
    outcomes = [MISSING, *(read(value) for value in distinct.to_list())]
    keys = pl.DataFrame({"key": distinct, "at": np.arange(1, len(distinct) + 1)})
    rows = pl.DataFrame({"key": texts})
    at = rows.join(keys, on="key", how="left", maintain_order="left")["at"].fill_null(0).to_numpy()

    def spread(name: str) -> Bools:
        flags: Bools = np.array([getattr(outcome, name) for outcome in outcomes], dtype=bool)[at]
        return flags

    return Column(
        values=pl.Series(texts.name, [outcome.value for outcome in outcomes], dtype=dtype)[at],
        unknown_code=spread("unknown_code"),
        out_of_range=spread("out_of_range"),
        misspelt=spread("misspelt"),
        refused=pl.Series("refused", [outcome.refused for outcome in outcomes], dtype=pl.String)[at],
    )


def combined(columns: Sequence[Column], how: Literal["first", "latest", "earliest"]) -> Column:
    """One column of several: the first value of each row, or the latest or the earliest.

    What fails in one of them counts as failed where the others hold no value.
    """
    import polars as pl

    values = [column.values for column in columns]
    if how == "first":
        one = pl.coalesce(values)
    else:
        one = pl.max_horizontal(values) if how == "latest" else pl.min_horizontal(values)
    joined = pl.select(one.alias(values[0].name)).to_series()
    empty = joined.is_null().to_numpy()

    def any_of(name: str) -> Bools:
        flags: Bools = np.any([getattr(column, name) for column in columns], axis=0)
        return flags & empty

    failed = any_of("unknown_code")
    misspelt = np.any([column.misspelt for column in columns], axis=0)
    refused = pl.select(pl.coalesce([column.refused for column in columns])).to_series()
    return Column(joined, failed, any_of("out_of_range") & ~failed, misspelt, refused)
