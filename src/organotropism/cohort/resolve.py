"""From patients as found to a cohort: every row is used, or set aside for one reason that is counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from organotropism.cohort.checks import check
from organotropism.cohort.draft import Draft
from organotropism.cohort.identity import new_id
from organotropism.cohort.report import Report
from organotropism.cohort.schema import AFTER_DIAGNOSIS, COVARIATES, UNKNOWN_TIME, WINDOW_YEARS, Cohort
from organotropism.errors import InputError
from organotropism.patient import Patient
from organotropism.vocabulary import SITES

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]

MONTH: Final = 31 / 365.25
"""Years. Sites found later after the end of follow-up contradict it; up to a month, dates were rounded."""

AT_DIAGNOSIS_ONLY: Final = (
    "seen at diagnosis only, without follow-up: they teach where, and how often at diagnosis, but nothing of"
    " whether, when and where later"
)

OLDEST: Final = 115.0
TOO_OLD: Final = f"older than {OLDEST:g} years at the end of follow-up: age or a time is wrong"
NO_DEATHS: Final = (
    "no column says who died: death does not end follow-up here, so that it is not seen as competing, and the"
    " course after metastasis is not taught"
)
WHERE_ALONE: Final = (
    "when distant disease came is not recorded: they teach where alone; the sites given are taken as found"
    " with the first distant disease"
)

SAME: Final = "the same as an earlier row"
DIFFERENT: Final = "an id shared by rows that differ"

_STAGED: Final = ("size_mm", "t", "positive_nodes", "n", "anatomic_stage")
_TOGETHER: Final = (("size_mm", "t"), ("positive_nodes", "n"), _STAGED, ("er", "pr", "her2", "subtype"))
"""Fields that can contradict one another; the last is the coarser one, and is left out."""


def resolve(
    draft: Draft,
    name: str,
    *,
    series: str = "from diagnosis",
    window_years: float = WINDOW_YEARS,
    day_zero_is_stage_iv: bool = False,
) -> Cohort:
    """Make a cohort of a draft, and complete the account of it.

    Parameters
    ----------
    draft : changed in place
    series : how the patients came into the table, as in `mapping.TableMapping`
    window_years : sites found within this time of the first are one presentation
    day_zero_is_stage_iv : what disease on the day of diagnosis is where M is not known

    Raises
    ------
    InputError
        No patient is left; the report in the draft says why.
    """
    told = _told(draft)
    _people(draft)
    _disease(draft, series, day_zero_is_stage_iv, window_years)
    _observation(draft, series)
    cohort = _cohort(draft, name, series, window_years)
    members = np.flatnonzero(draft.keep)
    for breach in check(cohort):
        rows = np.zeros(len(draft), bool)
        rows[members[breach.rows]] = True
        draft.drop(breach.reason, rows)
    _count_losses(draft, told)
    cohort = _cohort(draft, name, series, window_years)
    if len(cohort) == 0:
        raise no_patient(draft.report)
    draft.report.describe(cohort)
    return cohort


def _told(draft: Draft) -> Bools:
    """(n,) whether anything tells of distant disease, before it is asked whether it can be used."""
    named = np.isfinite(draft.site_time) | draft.undated | draft.at_first
    signs = [named.any(1), ~np.isposinf(draft.elsewhere), draft.marked, _is(draft, "M1")]
    if draft.status is not None:
        signs.append(draft.status.fill_null(value=False).to_numpy())
    elif draft.distant is not None:
        signs.append(np.isfinite(draft.distant))
    told: Bools = np.any(signs, axis=0)
    return told


def _count_losses(draft: Draft, told: Bools) -> None:
    """Count who of those eligible is lost, by outcome."""
    assert draft.distant is not None
    eligible = draft.chosen & ~draft.same
    for column in draft.covariates.values():
        eligible &= column.refused.is_null().to_numpy()
    lost = ~draft.keep
    unrecorded = lost | (np.isnan(draft.distant) & told)
    draft.report.distant.add(told[eligible], unrecorded[eligible])
    died = draft.died.fill_null(value=False).to_numpy()
    draft.report.deaths.add(died[eligible], lost[eligible])


def no_patient(report: Report) -> InputError:
    """The error of an import in which nobody can be used."""
    account = report.patients
    reasons = "; ".join(f"{reason} ({len(rows)})" for reason, rows in account.aside.items())
    return InputError(f"has no patient that can be used: {reasons}", file=account.file)


def _people(draft: Draft) -> None:
    """Who cannot be a member, and what of a member contradicts itself."""
    for column in draft.covariates.values():
        for reason in column.refused.drop_nulls().unique(maintain_order=True):
            draft.drop(reason, (column.refused == reason).fill_null(value=False).to_numpy())
    if draft.m is not None:
        draft.drop("M cannot be read", draft.m.unknown_code)
    draft.drop("no id", draft.ids.is_null().to_numpy())
    set_repeats_aside(draft)
    for fields in _TOGETHER:
        _contradictions(draft, fields)
    receptors = [draft.covariates[f] for f in ("er", "pr", "her2", "subtype") if f in draft.covariates]
    unknown = np.ones(len(draft), bool)
    for column in receptors:
        unknown &= column.values.is_null().to_numpy()
    draft.note("no receptor is known: averaged over all", unknown)


def set_repeats_aside(draft: Draft) -> None:
    """Rows of one id: the same again counts once; rows that differ cannot be told apart."""
    import polars as pl

    draft.claims = draft.keep.copy()
    repeated = draft.ids.is_duplicated().to_numpy() & draft.keep
    if not repeated.any():
        return
    columns = [draft.ids.alias("id"), draft.died.alias("died")]
    columns += [column.values.alias(f"covariate {name}") for name, column in draft.covariates.items()]
    columns += [pl.Series(f"site {k}", times) for k, times in enumerate(draft.site_time.T)]
    columns += [
        pl.Series(name, times)
        for name in ("entry", "follow_up", "distant", "elsewhere")
        if (times := getattr(draft, name)) is not None
    ]
    kept = np.flatnonzero(draft.keep)
    distinct = pl.DataFrame(columns)[kept].select(pl.struct(pl.all()).is_first_distinct())
    again = np.zeros(len(draft), bool)
    again[kept[~distinct.to_series().to_numpy()]] = True
    draft.same |= again
    draft.drop(SAME, again)
    kept = np.flatnonzero(draft.keep)
    shared = np.zeros(len(draft), bool)
    shared[kept] = draft.ids[kept].is_duplicated().to_numpy()
    draft.drop(DIFFERENT, shared)


def _contradictions(draft: Draft, fields: Sequence[str]) -> None:
    """Leave out the coarser of fields that contradict one another, as the record of a patient finds."""
    import polars as pl

    given = [name for name in fields if name in draft.covariates]
    last = fields[-1]
    if last not in given or len(given) < 2:
        return
    frame = pl.DataFrame([draft.covariates[name].values.alias(name) for name in given])
    distinct = frame.unique(maintain_order=True)
    wrong = pl.Series("wrong", [_contradicts(row) for row in distinct.iter_rows(named=True)])
    flags = frame.join(
        distinct.with_columns(wrong), on=given, how="left", nulls_equal=True, maintain_order="left"
    )
    rows = flags["wrong"].to_numpy()
    if rows.any():
        values = draft.covariates[last].values
        draft.covariates[last] = draft.covariates[last].without(rows)
        draft.report.contradictory(last, draft.rows[rows & draft.keep & values.is_not_null().to_numpy()])


def _contradicts(fields: dict[str, object]) -> bool:
    known = {name: value for name, value in fields.items() if value is not None}
    if not {"er", "pr", "her2", "subtype"} & known.keys():
        known["her2"] = "negative"  # a record asks for one receptor at least
    try:
        Patient.parse(known)
    except InputError:
        return True
    return False


def _disease(draft: Draft, series: str, day_zero_is_stage_iv: bool, window_years: float) -> None:
    """Bring status, first time, sites and M together; afterwards `distant` and `site_time` are final."""
    n = len(draft)
    m0, m1 = (_is(draft, word) for word in ("M0", "M1"))
    named = np.isfinite(draft.site_time) | draft.undated | draft.at_first
    somewhere = named.any(1) | ~np.isposinf(draft.elsewhere)
    stated = _stated(draft, series, m0, m1)
    if series == "at diagnosis":
        draft.drop("M0, but a distant site at diagnosis is given", m0 & named.any(1))
    denied = np.isposinf(stated) & (draft.status is not None) & ~m1
    draft.drop("distant disease is denied, but a site of it is given", denied & somewhere)
    if draft.status is not None:
        # A status often speaks of relapse, which stage IV is not.
        says_no = (~draft.status).fill_null(value=False).to_numpy()
        draft.note("M1 prevails over a status without distant disease", m1 & says_no)
    if not day_zero_is_stage_iv:
        _move_day_zero(draft, stated, m1)
    elif m0.any():
        _move_day_zero(draft, stated, ~m0)
    times = np.c_[draft.site_time, draft.elsewhere]
    first = np.where(np.isnan(times), np.inf, times).min(1)
    with np.errstate(invalid="ignore"):
        earlier = np.isfinite(stated) & (first < stated)
    draft.note("first distant disease is that of the earliest site, before the time given for it", earlier)
    distant = np.where(np.isnan(stated), first, np.minimum(stated, first))
    yes = np.zeros(n, bool) if draft.status is None else draft.status.fill_null(value=False).to_numpy()
    undated = np.isposinf(distant) & (yes | somewhere)
    draft.drop("distant disease, at a time that cannot be read", undated & draft.untold)
    if series == "incident metastatic":
        late = np.zeros(n, bool) if draft.entry is None else ~(draft.entry <= 0)
        _without_time(draft, undated & ~late)
        distant = np.where(draft.unknown_time, UNKNOWN_TIME, distant)
        undated &= late
    draft.drop("distant disease without a date", undated)
    unrecorded = np.isnan(stated) & np.isposinf(distant)
    draft.distant = np.where(unrecorded, np.nan, distant)
    draft.note(
        "a time of distant disease or of a site that cannot be, or cannot be read: not recorded", draft.untold
    )
    _sites(draft, window_years)


def _without_time(draft: Draft, members: Bools) -> None:
    """Members of a metastatic series of whom nobody recorded when: the sites given are those found then."""
    draft.unknown_time = members
    draft.at_first |= draft.undated & members[:, None]
    draft.undated &= ~members[:, None]
    draft.note(WHERE_ALONE, members)
    if draft.m is None:
        draft.note("no M: taken as relapses, not as stage IV at diagnosis", members)


def _is(draft: Draft, word: str) -> Bools:
    if draft.m is None:
        return np.zeros(len(draft), bool)
    return (draft.m.values == word).fill_null(value=False).to_numpy()


def _stated(draft: Draft, series: str, m0: Bools, m1: Bools) -> Array:
    """What the table says of the first distant disease: (n,) time, inf for none, NaN for not recorded."""
    n = len(draft)
    unknown_sites = np.isnan(draft.site_time[:, ~draft.open_sites]).any(1)
    if draft.status is not None:
        time = np.full(n, np.nan) if draft.distant is None else draft.distant
        no = (~draft.status).fill_null(value=False).to_numpy()
        stated = np.where(no, np.inf, np.where(draft.status.is_null().to_numpy(), np.nan, time))
    elif draft.distant is not None:
        stated = draft.distant.copy()
    elif series == "at diagnosis":
        stated = np.where(m0, np.inf, np.nan)
        stated = np.where(~m0 & ~unknown_sites & (draft.m is None), np.inf, stated)
        stated[draft.at_first.any(1)] = 0.0
    else:
        stated = np.where(unknown_sites, np.nan, np.inf)
    stated[m1] = 0.0
    return stated


def _move_day_zero(draft: Draft, stated: Array, stage_iv: Bools) -> None:
    """A relapse dated on the day of a non-metastatic diagnosis is one just after it."""
    moved = np.zeros(len(draft), bool)
    for times in (draft.site_time, draft.elsewhere[:, None], stated[:, None]):
        zero = (times == 0) & ~stage_iv[:, None]
        times[zero] = AFTER_DIAGNOSIS
        moved |= zero.any(1)
    draft.note("distant disease on the day of diagnosis, taken as a relapse just after it", moved)


def _sites(draft: Draft, window_years: float) -> None:
    """Sites of the presentation, sites whose time or organ is not known, and sites of those without any."""
    distant, sites = draft.distant, draft.site_time
    assert distant is not None
    presented = np.isfinite(distant)
    dated = np.isfinite(sites)
    sites[:] = np.where(draft.at_first & ~dated & presented[:, None], distant[:, None], sites)
    sites[draft.undated & ~np.isfinite(sites)] = np.nan
    sites[np.isposinf(distant)] = np.where(draft.open_sites, np.nan, np.inf)
    elsewhere = presented & ~np.isposinf(draft.elsewhere)
    earliest = np.where(np.isfinite(sites), sites, np.inf).min(1)
    with np.errstate(invalid="ignore"):
        late = presented & (earliest > distant + window_years)
    open_ = (elsewhere | late)[:, None] & np.isposinf(sites)
    draft.note("sites of the first distant disease are not all recorded", open_.any(1))
    sites[open_] = np.nan
    sites[np.isnan(distant)] = np.nan


def _observation(draft: Draft, series: str) -> None:
    """Entry, end of follow-up and death by the kind of series."""
    import polars as pl

    n, distant = len(draft), draft.distant
    assert distant is not None
    if series.endswith("metastatic"):
        draft.drop("no distant disease, in a series of metastatic patients", ~np.isfinite(distant))
    if series == "at diagnosis":
        draft.drop("distant disease is not recorded", np.isnan(distant))
        draft.note(AT_DIAGNOSIS_ONLY, draft.keep)
        draft.follow_up, draft.died = np.zeros(n), pl.Series("died", np.zeros(n, bool))
        return
    end = np.full(n, np.nan) if draft.follow_up is None else draft.follow_up
    if not draft.deaths_told:
        draft.note(NO_DEATHS, draft.keep)
        draft.died = pl.Series("died", np.zeros(n, bool))
    if series == "incident metastatic":
        lost = np.isnan(end) | draft.unknown_time
        end = np.where(lost, distant, end)
        draft.died = draft.died.clone().scatter(np.flatnonzero(lost), False)
    draft.drop("follow-up time that cannot be read", np.isinf(end))
    for reason, rows in draft.no_follow_up.items():
        draft.drop(reason, rows & np.isnan(end))
    draft.drop("no follow-up time", np.isnan(end))
    draft.drop("death not recorded", draft.died.is_null().to_numpy())
    if (age := draft.covariates.get("age")) is not None:
        with np.errstate(invalid="ignore"):
            draft.drop(TOO_OLD, age.values.to_numpy().astype(float) + end > OLDEST)
    with np.errstate(invalid="ignore"):
        draft.drop("no follow-up after diagnosis", (end == 0) & ~(distant == 0))
        late = np.isfinite(draft.site_time) & (draft.site_time > end[:, None])
        near = late & (draft.site_time <= end[:, None] + MONTH)
        late_first = np.isfinite(distant) & (distant > end) & (distant <= end + MONTH)
    draft.note("a site up to a month after the end of follow-up, moved to it", near.any(1) | late_first)
    draft.site_time = np.where(near, end[:, None], draft.site_time)
    draft.distant = np.where(late_first, end, distant)
    draft.follow_up = end


def _cohort(draft: Draft, name: str, series: str, window_years: float) -> Cohort:
    import polars as pl

    rows = np.flatnonzero(draft.keep)
    assert draft.follow_up is not None
    assert draft.distant is not None
    columns = [draft.ids.alias("id")[rows]]
    columns += [
        draft.covariates[field].values.alias(field)[rows] for field in COVARIATES if field in draft.covariates
    ]
    entry = np.zeros(len(draft)) if draft.entry is None else draft.entry
    return Cohort(
        name=name,
        covariates=pl.DataFrame(columns),
        sites=tuple(str(site) for site in SITES),
        entry=entry[rows],
        follow_up=draft.follow_up[rows],
        died=draft.died[rows].to_numpy().astype(bool),
        distant=draft.distant[rows],
        site_time=draft.site_time[rows],
        followed=np.full(len(rows), not series.endswith("metastatic")),
        window_years=window_years,
        extra=None if draft.extra is None else draft.extra[rows],
        unknown_time=draft.unknown_time[rows] if draft.unknown_time[rows].any() else None,
        cohort_id=new_id(),
    )
