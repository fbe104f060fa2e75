"""Which cohort this is: a random id that subsets inherit, and one digest of the whole.

Neither tells anything of a patient: the id is drawn at import, the digest is one number for everybody
together. Names can be changed or be the same by chance; these are what a validation goes by.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING, Final

import numpy as np

from organotropism.cohort.schema import COVARIATES, Cohort

if TYPE_CHECKING:
    import polars as pl

#: Times are compared in whole micro-years, so that no way of writing a number matters.
_PER_YEAR: Final = 1e6


def new_id() -> str:
    """A random id for a cohort."""
    return secrets.token_hex(8)


def digest(cohort: Cohort) -> str:
    """SHA-256 of the patients of a cohort in sorted order: covariates and course, neither ids nor names.

    The order of the patients, the name of the cohort, the labels of the patients and further columns do not
    matter, nor whether a column that nobody fills is there.
    """
    rows = _rows(cohort)
    text = hashlib.sha256("\n".join(rows.columns).encode())
    for column in rows.sort(rows.columns).iter_columns():
        text.update(b"\0" + "\n".join(map(str, column.to_list())).encode())
    return f"sha256:{text.hexdigest()}"


def _rows(cohort: Cohort) -> pl.DataFrame:
    import polars as pl

    given = cohort.covariates
    filled = [name for name in COVARIATES if name in given.columns and given[name].null_count() < len(given)]
    columns = {name: given[name].cast(pl.String) for name in sorted(filled)}
    times = {name: getattr(cohort, name) for name in ("entry", "follow_up", "distant")}
    times |= {f"site {site}": cohort.site_time[:, k] for k, site in enumerate(cohort.sites)}
    for name, years in times.items():
        columns[f"time {name}"] = pl.Series(np.round(years * _PER_YEAR) / _PER_YEAR).cast(pl.String)
    for name in ("died", "followed"):
        columns[name] = pl.Series(getattr(cohort, name)).cast(pl.String)
    return pl.DataFrame(columns).fill_null("")
