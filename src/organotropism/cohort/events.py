"""Distant sites in long form: one row for each patient, site and time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from organotropism import clinical_terms as terms
from organotropism.cohort.columns import MISSING, Column, Outcome, read_distinct
from organotropism.cohort.draft import Draft
from organotropism.cohort.report import Account
from organotropism.cohort.values import Coding
from organotropism.errors import InputError
from organotropism.vocabulary import SITES

if TYPE_CHECKING:
    import polars as pl

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

NOT_RECORDED: Final = "not recorded"
"""Word of a site: distant, but where is not known."""

_ELSEWHERE: Final = len(SITES)


def read_sites(texts: pl.Series, coding: Coding) -> Column:
    """Read distant sites as numbers of `SITES`, the next number for one that is not recorded."""
    import polars as pl

    return read_distinct(texts, lambda value: _site(value, coding), pl.Int64)


def _site(value: Any, coding: Coding) -> Outcome:
    word = coding.decoded(value)
    if word is None:
        return MISSING
    if str(word).strip().casefold() == NOT_RECORDED:
        return Outcome(_ELSEWHERE)
    try:
        site = terms.SITE(word.replace("_", " ") if isinstance(word, str) else word)
    except InputError:
        return Outcome(unknown_code=True)
    return Outcome(SITES.index(site) if site in SITES else None)


def add_events(
    draft: Draft, account: Account, patient: Ints, sites: Column, years: Array, rows: Ints
) -> None:
    """Enter dated sites into a draft; of several times of a site the first counts.

    A site that cannot be told counts as distant disease somewhere; a time that is missing, as a site found at
    an unknown time.

    Parameters
    ----------
    patient : (events,) number of the patient in the draft, -1 for nobody
    sites : as from `read_sites`
    years : (events,) years since diagnosis, NaN where missing
    rows : (events,) where each event stands
    """
    nobody = patient < 0
    unused = ~nobody & ~np.append(draft.keep, True)[patient]
    account.set_aside("no such patient in the first table", rows[nobody])
    account.set_aside("its patient is set aside", rows[unused])
    kept = np.flatnonzero(~nobody & ~unused)
    who = patient[kept]
    place = sites.values.fill_null(_ELSEWHERE).to_numpy()[kept]
    time = years[kept]
    missing = np.isnan(time)
    told = place < _ELSEWHERE
    np.minimum.at(draft.site_time, (who[told & ~missing], place[told & ~missing]), time[told & ~missing])
    draft.undated[who[told & missing], place[told & missing]] = True
    np.minimum.at(draft.elsewhere, who[~told & ~missing], time[~told & ~missing])
    # Distant disease at no known place and time: only that there was any.
    lost = who[~told & missing]
    draft.elsewhere[lost] = np.where(np.isposinf(draft.elsewhere[lost]), np.nan, draft.elsewhere[lost])
