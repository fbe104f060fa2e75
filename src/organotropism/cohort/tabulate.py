"""Sufficient statistics of a cohort: events and time per covariate stratum, one GROUP BY each, on DuckDB.

*Local* tables are exact. Patients alike in every covariate share a stratum; whoever lacks one has a stratum
of her own, whose rows in all tables belong together: such tables never leave the house. *Shared* tables are
binned, no row speaks of fewer than `smallest` patients, and those of several centres add up (`share.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from organotropism.cohort.identity import digest
from organotropism.cohort.schema import Cohort
from organotropism.cohort.values import covariate_type, read_covariate
from organotropism.errors import InputError
from organotropism.process.layout import Layout
from organotropism.process.rate import LAST_YEAR

if TYPE_CHECKING:
    import polars as pl

#: Fields of a patient that the process reads; a table carries those the cohort has.
FIELDS: Final = (
    "age",
    "year_of_diagnosis",
    "detection",
    "er",
    "pr",
    "her2",
    "ki67",
    "grade",
    "size_mm",
    "positive_nodes",
    "t",
    "n",
    "anatomic_stage",
    "histology",
    "menopausal_status",
    "subtype",
    "endocrine_therapy",
    "chemotherapy",
    "anti_her2_therapy",
    "radiotherapy",
    "bisphosphonate",
)
TABLES: Final = ("rate", "pattern", "progression", "prevalence")
#: Start of the band of a presentation at diagnosis.
DE_NOVO: Final = -1.0
#: With all of these known nothing is left to average over.
_NEEDED: Final = ("age", "grade", "size_mm", "positive_nodes", "pr", "histology", "detection", "ki67")


@dataclass(frozen=True, eq=False)
class Tables:
    """Sufficient statistics of a cohort.

    Attributes
    ----------
    name : of the cohort
    sites, bands, since, window_years : as in the model that reads them
    patients : patients of the cohort
    smallest : 1 for local tables; of shared tables the fewest patients that any row speaks of
    strata : ``stratum`` and the covariates, null where unknown
    rate : ``stratum, start, end, observed, years, events, deaths`` between `start` and `end` years since
        diagnosis: person-years free of distant disease, presentations, deaths without distant disease.
        Rows that are not `observed` lie before observation began; they bear on unknown covariates alone,
        and shared tables have none
    pattern : ``stratum, band, set, patients``: set number (bit s is site s) found at presentation, by the
        start of the band in which it came, -1 at diagnosis; shared tables do not tell the band (null)
    progression : ``stratum, set, since, years, later_years, deaths, gained_<site>``: time with the set of
        that number, in the band that starts `since` years after presentation; `later_years` are those
        after the window, in which further sites count
    prevalence : ``stratum, patients, stage_iv``; empty where the cohort took no stage IV disease
    suppressed : patients whose rows were left out of each shared table
    cohort_id, digest : of the cohort, see `cohort.identity`; None where several were added up
    """

    name: str
    sites: tuple[str, ...]
    bands: tuple[float, ...]
    since: tuple[float, ...]
    window_years: float
    patients: int
    smallest: int
    strata: pl.DataFrame
    rate: pl.DataFrame
    pattern: pl.DataFrame
    progression: pl.DataFrame
    prevalence: pl.DataFrame
    suppressed: dict[str, int]
    cohort_id: str | None = None
    digest: str | None = None

    @property
    def shared(self) -> bool:
        """Whether the rows of different tables no longer belong together."""
        return self.smallest > 1


def tabulate(cohort: Cohort, layout: Layout | None = None, smallest: int = 1, apart: bool = False) -> Tables:
    """Tabulate a cohort.

    Parameters
    ----------
    cohort : Cohort
    layout : gives the bands; by default those of the shipped models
    smallest : 1 for local, exact tables; more for shared tables, the fewest patients behind any row
    apart : give every patient of local tables a stratum of her own, whose number is hers

    Raises
    ------
    InputError
        Where DuckDB is not installed.
    """
    from organotropism.cohort.share import shared_strata

    layout = layout or Layout(cohort.sites)
    connection = _connect()
    connection.register("member", _members(cohort).to_arrow())
    connection.register("later", _later(cohort).to_arrow())
    connection.register("band", _intervals(layout.bands, LAST_YEAR, yearly=smallest == 1).to_arrow())
    connection.register("since", _intervals(layout.since, 1e3).to_arrow())
    connection.execute(_EPISODES)
    took_stage_iv = bool((cohort.stage_iv & cohort.followed).any())
    rows = {
        "rate": connection.sql(_RATE).pl(),
        "pattern": connection.sql(_PATTERN).pl(),
        "progression": connection.sql(_progression(cohort.sites, cohort.window_years)).pl(),
        "prevalence": connection.sql(_PREVALENCE if took_stage_iv else f"{_PREVALENCE} LIMIT 0").pl(),
    }
    covariates = _covariates(cohort)
    if smallest == 1:
        strata, tables, suppressed = _local_strata(covariates, rows, apart)
    else:
        strata, tables, suppressed = shared_strata(covariates, rows, smallest)
    return Tables(
        cohort.name,
        cohort.sites,
        layout.bands,
        layout.since,
        cohort.window_years,
        len(cohort),
        smallest,
        strata,
        suppressed=suppressed,
        cohort_id=cohort.cohort_id,
        digest=digest(cohort),
        **tables,
    )


KEYS: Final = {
    "rate": ("start", "end", "observed"),
    "pattern": ("band", "set"),
    "progression": ("set", "since"),
    "prevalence": (),
}


def summed(rows: pl.DataFrame, table: str) -> pl.DataFrame:
    """Add up the rows of one table that speak of the same stratum and cell."""
    import polars as pl

    keys = ["stratum", *KEYS[table]]
    return rows.group_by(keys).agg(pl.exclude("number").sum()).sort(keys)


def _local_strata(
    covariates: pl.DataFrame, rows: dict[str, pl.DataFrame], everyone: bool
) -> tuple[pl.DataFrame, dict[str, pl.DataFrame], dict[str, int]]:
    import polars as pl

    fields = covariates.columns[1:]
    known = (
        pl.lit(not everyone)
        & pl.all_horizontal(pl.col(_NEEDED).is_not_null())
        & (pl.col("subtype").is_not_null() | pl.all_horizontal(pl.col("er", "her2").is_not_null()))
    )
    apart = pl.when(known).then(-1).otherwise(pl.col("number")).alias("apart")
    frame = covariates.with_columns(apart)
    strata = frame.group_by([*fields, "apart"], maintain_order=True).agg(pl.len().alias("patients"))
    strata = strata.with_row_index("stratum")
    number = frame.join(strata, on=[*fields, "apart"], nulls_equal=True, maintain_order="left")
    place = number.select("number", pl.col("stratum").cast(pl.Int64))
    tables = {name: summed(frame.join(place, on="number"), name) for name, frame in rows.items()}
    return strata.select(pl.col("stratum").cast(pl.Int64), *fields), tables, {}


def _connect() -> Any:
    if find_spec("duckdb") is None or find_spec("pyarrow") is None:
        raise InputError("tabulating needs DuckDB", expected='pip install "organotropism[cohort]"')
    import duckdb

    return duckdb.connect(config={"threads": 2})


def read_fields(given: pl.DataFrame) -> pl.DataFrame:
    """All `FIELDS` of a frame as the record of a patient reads them, null where unknown or no column.

    Raises
    ------
    InputError
        Naming a column with values that cannot be used.
    """
    import polars as pl

    columns = []
    for name in FIELDS:
        if name not in given.columns:
            columns.append(pl.Series(name, [None] * len(given), covariate_type(name)))
            continue
        read = read_covariate(name, given[name])
        if read.failed.any():
            row = int(read.failed.argmax()) + 1
            raise InputError(f"has {read.failed.sum()} values that cannot be used", field=name, row=row)
        columns.append(read.values.alias(name))
    return pl.DataFrame(columns)


def _covariates(cohort: Cohort) -> pl.DataFrame:
    """Number of the patient and all `FIELDS`."""
    import polars as pl

    fields = read_fields(cohort.covariates)
    return fields.select(pl.Series("number", range(len(fields)), pl.Int64), pl.all())


def _members(cohort: Cohort) -> pl.DataFrame:
    """What the tables need of each patient beside the covariates."""
    import polars as pl

    sets = cohort.found_at_presentation @ (1 << np.arange(len(cohort.sites)))
    return pl.DataFrame(
        {
            "number": np.arange(len(cohort)),
            "entry": cohort.entry,
            "follow_up": cohort.follow_up,
            "died": cohort.died,
            "distant": cohort.distant,
            "known": ~np.isnan(cohort.distant),
            "presented": cohort.presented,
            "stage_iv": cohort.stage_iv,
            "recorded": cohort.presented & cohort.sites_recorded & (sets > 0),
            "followed": cohort.followed,
            "set": sets.astype(np.int64),
        }
    )


def _later(cohort: Cohort) -> pl.DataFrame:
    """Sites found after the presentation, one row each: number, bit of the site, time."""
    import polars as pl

    found = np.isfinite(cohort.site_time) & ~cohort.found_at_presentation & cohort.presented[:, None]
    number, site = np.nonzero(found)
    bits = (1 << site).astype(np.int64)
    return pl.DataFrame({"number": number, "bit": bits, "found": cohort.site_time[number, site]})


def _intervals(starts: Sequence[float], last: float, yearly: bool = False) -> pl.DataFrame:
    """Intervals between the starts, cut at every year where wanted, each with the band it lies in."""
    import polars as pl

    marks: NDArray[Any] = np.r_[starts, last]
    if yearly:
        marks = np.union1d(marks, np.arange(last))
    band = np.array(starts)[np.searchsorted(starts, marks[:-1], side="right") - 1]
    return pl.DataFrame({"start": marks[:-1], "stop": marks[1:], "band": band})


# An event at a cut belongs to the band that ends there. Whoever came under observation late is free of
# disease from diagnosis to entry: those years are not observed. Nor are any of a patient who came under
# observation by presenting.
_RATE: Final = f"""
WITH span AS (
    SELECT number, 0.0 AS since, CASE WHEN followed THEN entry ELSE distant END AS until, false AS observed,
           NOT followed AS event, false AS death
    FROM member WHERE known AND NOT stage_iv AND (entry > 0 OR NOT followed) AND (followed OR presented)
    UNION ALL
    SELECT number, entry, least(distant, follow_up), true, presented, died AND NOT presented
    FROM member WHERE known AND NOT stage_iv AND followed AND least(distant, follow_up) > entry
)
SELECT number, start, stop AS "end", observed,
       least(until, stop) - greatest(since, start) AS years,
       (event AND until <= stop)::BIGINT AS events,
       (death AND until <= stop)::BIGINT AS deaths
FROM span JOIN band ON until > start AND since < stop AND until > since
WHERE start < {LAST_YEAR}
"""
# A patient who entered after presenting was selected by surviving: her pattern is not that of all.
_PATTERN: Final = f"""
SELECT number, "set", CASE WHEN stage_iv THEN {DE_NOVO} ELSE
           (SELECT max(band) FROM band WHERE start < distant) END AS band,
       1::BIGINT AS patients
FROM member WHERE recorded AND entry <= distant
"""
_PREVALENCE: Final = """
SELECT number, 1::BIGINT AS patients, stage_iv::BIGINT AS stage_iv
FROM member WHERE followed AND known AND entry = 0
"""
# One row per patient and set, from when it held until the next site was found or observation ended.
_EPISODES: Final = """
CREATE TABLE episode AS
WITH change AS (
    SELECT number, found - distant AS moment, sum(bit)::BIGINT AS bits
    FROM later JOIN member USING (number) WHERE recorded GROUP BY ALL
    UNION ALL
    SELECT number, 0.0, "set" FROM member WHERE recorded
), path AS (
    SELECT number, moment, sum(bits) OVER w AS held, lead(moment) OVER w AS next, lead(bits) OVER w AS gained
    FROM change WINDOW w AS (PARTITION BY number ORDER BY moment)
)
SELECT number, held::BIGINT AS "set", greatest(moment, entry - distant) AS since_entry,
       coalesce(next, follow_up - distant) AS until, gained::BIGINT AS gained,
       died AND next IS NULL AS death
FROM path JOIN member USING (number)
WHERE coalesce(next, follow_up - distant) > greatest(moment, entry - distant)
"""


def _progression(sites: Sequence[str], window: float) -> str:
    gained = ", ".join(
        f"(until <= stop AND coalesce(gained & {1 << k}, 0) > 0)::BIGINT AS gained_{site}"
        for k, site in enumerate(sites)
    )
    return f"""
SELECT number, "set", band AS since,
       least(until, stop) - greatest(since_entry, start) AS years,
       greatest(0.0, least(until, stop) - greatest(since_entry, start, {window})) AS later_years,
       (death AND until <= stop)::BIGINT AS deaths, {gained}
FROM episode JOIN since ON until > start AND since_entry < stop
"""
