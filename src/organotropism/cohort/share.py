"""Tables fit to leave the house: binned covariates, and no row about fewer than a few patients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from organotropism.cohort.tabulate import FIELDS, KEYS, summed
from organotropism.process.population import KI67_POSITIVE_PERCENT, NODE_CLASSES, SIZE_CLASSES, TYPICAL

if TYPE_CHECKING:
    import polars as pl

#: Where a row would speak of too few patients its covariates become unknown one by one, in this order; the
#: fit averages over what is unknown.
GIVEN_UP: Final = (
    "menopausal_status",
    "bisphosphonate",
    "radiotherapy",
    "t",
    "n",
    "anatomic_stage",
    "ki67",
    "detection",
    "chemotherapy",
    "anti_her2_therapy",
    "endocrine_therapy",
    "year_of_diagnosis",
    "pr",
    "grade",
    "histology",
    "size_mm",
    "age",
    "positive_nodes",
    "her2",
    "subtype",
    "er",
)
_YEARS_OF_AGE, _YEARS_OF_DIAGNOSIS = 5, 5
_KI67: Final = (5.0, 30.0)


def binned(covariates: pl.DataFrame) -> pl.DataFrame:
    """Replace age, year, size, nodes and Ki-67 by the middle of their class."""
    import polars as pl

    age, year = pl.col("age"), pl.col("year_of_diagnosis")
    size, nodes = pl.col("size_mm"), pl.col("positive_nodes")
    in_size = pl.lit(TYPICAL["size_mm"][-1])
    for value, (_, last) in reversed(list(zip(TYPICAL["size_mm"], SIZE_CLASSES, strict=True))):
        in_size = pl.when(size <= last).then(pl.lit(value)).otherwise(in_size)
    in_nodes = pl.lit(int(TYPICAL["positive_nodes"][-1]), pl.Int64)
    for value, (_, most) in reversed(list(zip(TYPICAL["positive_nodes"], NODE_CLASSES, strict=True))):
        in_nodes = pl.when(nodes <= most).then(pl.lit(int(value), pl.Int64)).otherwise(in_nodes)
    low, high = _KI67
    ki67 = pl.when(pl.col("ki67") > KI67_POSITIVE_PERCENT).then(pl.lit(high)).otherwise(pl.lit(low))
    return covariates.with_columns(
        (age / _YEARS_OF_AGE).floor().mul(_YEARS_OF_AGE).add(_YEARS_OF_AGE / 2).alias("age"),
        (year // _YEARS_OF_DIAGNOSIS * _YEARS_OF_DIAGNOSIS + _YEARS_OF_DIAGNOSIS // 2).alias(
            "year_of_diagnosis"
        ),
        pl.when(size.is_not_null()).then(in_size).alias("size_mm"),
        pl.when(nodes.is_not_null()).then(in_nodes).alias("positive_nodes"),
        pl.when(pl.col("ki67").is_not_null()).then(ki67).alias("ki67"),
    )


def shared_strata(
    covariates: pl.DataFrame, rows: dict[str, pl.DataFrame], smallest: int
) -> tuple[pl.DataFrame, dict[str, pl.DataFrame], dict[str, int]]:
    """Strata and tables in which every row speaks of at least `smallest` patients.

    Returns
    -------
    strata, tables, and per table the number of patients some row of whom had to be left out
    """
    import polars as pl

    coarse, recoded, suppressed = binned(covariates), {}, {}
    any_time = pl.when(pl.col("band") < 0).then(pl.col("band")).alias("band")
    rows = rows | {"rate": rows["rate"].filter("observed"), "pattern": rows["pattern"].with_columns(any_time)}
    for name, contributions in rows.items():
        kept, lost = _recoded(coarse, contributions, [*KEYS[name]], smallest)
        recoded[name], suppressed[name] = kept, lost
    strata = pl.concat([frame.select(FIELDS) for frame in recoded.values()]).unique(maintain_order=True)
    strata = strata.sort(FIELDS).with_row_index("stratum").with_columns(pl.col("stratum").cast(pl.Int64))
    tables = {}
    for name, frame in recoded.items():
        placed = frame.join(strata, on=FIELDS, nulls_equal=True).drop(FIELDS)
        tables[name] = summed(placed, name)
    return strata, tables, suppressed


def _recoded(
    covariates: pl.DataFrame, contributions: pl.DataFrame, keys: list[str], smallest: int
) -> tuple[pl.DataFrame, int]:
    """Contributions with their covariates, given up until enough patients share a row."""
    import polars as pl

    frame = contributions.join(covariates, on="number", maintain_order="left")
    cell = [*keys, *FIELDS]
    for field in GIVEN_UP:
        few = pl.col("number").n_unique().over(cell) < smallest
        frame = frame.with_columns(pl.when(few).then(None).otherwise(pl.col(field)).alias(field))
    kept = frame.filter(pl.col("number").n_unique().over(cell) >= smallest)
    lost = frame["number"].n_unique() - kept["number"].n_unique()
    return kept, lost
