"""The course of the patients of a cBioPortal study: follow-up, death, and dated sites of the timelines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from organotropism import clinical_terms as terms
from organotropism.cohort import column_names as names
from organotropism.cohort.events import NOT_RECORDED
from organotropism.cohort.numbers import decimal_mark, marks_of
from organotropism.cohort.source import Format, Table, read_table
from organotropism.cohort.times import DEATH, YES_NO, read_duration, read_status
from organotropism.cohort.values import UNKNOWN, Coding
from organotropism.errors import InputError

if TYPE_CHECKING:
    import polars as pl

ID: Final = "PATIENT_ID"
FILE: Final = "course of the patients"
PORTAL: Final = Format(delimiter="\t", quotes=False)
SOURCE: Final = {"delimiter": "\t", "quotes": False, "misspelt": True}
_DISTANT: Final = re.compile(r"distant|metasta", re.I)
_DENIED: Final = re.compile(r"\bno\b|\bnot\b|without|suspect|free|negative", re.I)
_RECURRED: Final = re.compile(r"recur|relapse|progress|locoregional", re.I)
_DEAD: Final = re.compile(r"\b(deceased|death|died|dead)\b", re.I)
_REGIONAL: Final = re.compile(r"breast|chest ?wall|axill|regional|ipsilateral|mastectomy|in.?situ", re.I)
_UNTOLD: Final = re.compile(r"unknown|unspecified|multiple|not otherwise|various", re.I)
_ORGANS: Final = {
    "bone": re.compile(
        r"\b(bones?|osseous|skelet\w*|spine|spinal|vertebra\w*|femur|ribs?|pelvis|skull|sternum)\b"
    ),
    "lung": re.compile(r"\b(lungs?|pulmonary)\b"),
    "liver": re.compile(r"\b(liver|hepatic)\b"),
    "brain": re.compile(
        r"\b(brain|cns|cerebr\w*|cerebell\w*|mening\w*|leptomening\w*|central nervous system)\b"
    ),
}
_SITE: Final = (
    "site|metastatic site|met site|anatomic site|site of metastasis|recurrence site|organ|location|tumor site"
)
_TIME: Final = "start date|time relapse|time|day|days|start|relapse time|time to relapse|date"
_KIND: Final = (
    "status|event subtype|type relapse|relapse type|type|recurrence type|diagnosis type|dx type|subtype"
    "|event type|event|source"
)
RECURRENCE: Final = (
    "rfs status|dfs status|recurrence status|pfs status|relapse free status|disease free status|relapse"
    "|recurrence|progression free status"
)

_DISTANT_STATUS: Final = (
    "dmfs status|drfs status|ddfs status|distant metastasis free status|dmfs event|metastatic dz file"
    "|metastatic disease at last fu|metastatic disease at last follow up"
)
#: Sites of MSK-MET that no usual word names; several are one site, told by names of their own.
_DMETS: Final = {
    "cns brain": "brain",
    "dist ln": "distant nodes",
    "adrenal gland": "adrenal gland",
    "intra abdominal": "peritoneum",
    "ovary": "ovary",
    "pleura": "pleura",
    "skin": "skin",
    "bowel": "gastrointestinal tract",
    "unspecified": "other",
}
_DISTANT_MONTHS: Final = "dmfs months|drfs months|ddfs months|metastatic recurrence time"


@dataclass
class Course:
    """What the files say of the course.

    Attributes
    ----------
    table : one row a patient: whether there was distant disease, and follow-up where no column has it
    times : the section of times of a mapping
    events : sections of events of a mapping
    notes : what was assumed, to the rows of the patients concerned
    """

    table: Table
    times: dict[str, Any]
    events: list[dict[str, Any]]
    notes: dict[str, list[int]] = field(default_factory=dict)


@dataclass
class _Timeline:
    """A table of dated rows, and which of its columns is what."""

    path: Path
    table: Table
    id: str
    time: str | None
    site: str | None
    kind: str | None


def site_word(text: str, *, said_distant: bool) -> str | None:
    """The site that a text of a portal names: bone, lung, liver, brain, other, or not recorded.

    None for a regional site, unless the row is said to be distant disease.
    """
    words = text.casefold().replace("_", " ")
    for site, pattern in _ORGANS.items():
        if pattern.search(words):
            return site
    if words.strip() in UNKNOWN or _UNTOLD.search(words):
        return NOT_RECORDED
    try:
        return str(terms.SITE(words))
    except InputError:
        pass
    return None if _REGIONAL.search(words) and not said_distant else "other"


def course_of(patient: Table, sample: Table | None, timelines: Sequence[Path]) -> Course:
    """Read the course of each patient.

    Parameters
    ----------
    patient : clinical table of patients
    sample : clinical table of samples: those of metastases tell of distant disease
    timelines : tables with days since diagnosis; those without distant sites only tell of follow-up and death
    """
    dated = [found for path in timelines if (found := _timeline(path)) is not None]
    events = [event for found in dated if (event := _event(found)) is not None]
    columns: dict[str, Any] = {}
    notes: dict[str, list[int]] = {}
    times = _follow_up(patient, dated, columns, notes)
    columns["DISTANT"] = _distant(patient, sample, dated, events, notes)
    times["distant_status"] = {"table": "course", "column": "DISTANT"}
    times |= _stated_distant(patient)
    import polars as pl

    frame = pl.DataFrame([patient.frame[ID], *(pl.Series(n, v, dtype=pl.String) for n, v in columns.items())])
    table = Table(FILE, frame, patient.rows, tuple(frame.columns))
    return Course(table, times, [event for _, event in events], notes)


def _timeline(path: Path) -> _Timeline | None:
    table = read_table(path, None, PORTAL if path.suffix == ".txt" else Format())
    key = names.best(table.frame.columns, names.PATIENT["id"])
    if key is None:
        return None
    time, site = names.best(table.frame.columns, _TIME), names.best(table.frame.columns, _SITE)
    kinds = [name for name in table.frame.columns if names.normal(name) in _KIND.split("|")]
    kind = next((name for name in kinds if _distant_words(table.frame[name])), None)
    return _Timeline(path, table, key, time, site, kind)


def _distant_words(texts: pl.Series) -> list[str]:
    """Texts of a column that say distant disease."""
    found = texts.drop_nulls().unique().to_list()
    return sorted(text for text in found if _DISTANT.search(text) and not _DENIED.search(text))


def _event(found: _Timeline) -> tuple[_Timeline, dict[str, Any]] | None:
    """The section of events of a mapping, None where the table tells nothing of distant sites."""
    named = found.site is not None and "met" in names.normal(found.site).split("astatic")[0].split()[:1]
    if found.kind is None and not named:
        return None
    event: dict[str, Any] = {"file": str(found.path.resolve()), "id": found.id}
    if found.path.suffix == ".txt":
        event["source"] = SOURCE
    if found.kind is not None:
        event["only"] = {found.kind: _distant_words(found.table.frame[found.kind])}
    if found.time is not None:
        event["time"] = {"column": found.time, "unit": "days"}
    if found.site is None:
        event["site"] = {"column": found.kind, "codes": {"*": NOT_RECORDED}}
        return found, event
    event |= _sites(found.table.frame[found.site], found.site, said_distant=found.kind is not None)
    return found, event


def _sites(texts: pl.Series, column: str, *, said_distant: bool) -> dict[str, Any]:
    """Codes of the sites of a column, and the texts that are no distant site."""
    words = {
        text: site_word(text, said_distant=said_distant) for text in texts.drop_nulls().unique().to_list()
    }
    codes = {text: word for text, word in words.items() if word is not None}
    regional = [text for text, word in words.items() if word is None]
    event: dict[str, Any] = {"site": {"column": column, "codes": codes}}
    return event | ({"exclude": {column: regional}} if regional else {})


def metastatic_samples(file: Path, sample: Table) -> list[dict[str, Any]]:
    """The section of events for samples of metastases: sites found at a time that is not known."""
    column = names.best(sample.frame.columns, "metastatic site|met site|site of metastasis")
    if column is None:
        return []
    event: dict[str, Any] = {"file": file.name, "id": ID, "source": SOURCE}
    event |= _sites(sample.frame[column], column, said_distant=False)
    nothing = [
        "",
        *(text for text in sample.frame[column].drop_nulls().unique() if text.casefold() in UNKNOWN),
    ]
    excluded = event.setdefault("exclude", {})
    excluded[column] = [*excluded.get(column, []), *nothing]
    return [event]


def site_columns(sample: Table) -> dict[str, str]:
    """Columns of a sample table that say yes or no of one distant site each, with the site."""
    found: dict[str, str] = {}
    for column in sample.frame.columns:
        words = names.normal(column)
        if not words.startswith(("dmets dx ", "dmets ")):
            continue
        place = words.removeprefix("dmets ").removeprefix("dx ")
        site = _DMETS.get(place) or names.site_of(place)
        if site is not None and site not in found.values():
            found[column] = site
    return found


def _follow_up(
    patient: Table, dated: Sequence[_Timeline], columns: dict[str, Any], notes: dict[str, list[int]]
) -> dict[str, Any]:
    """Times of follow-up and death: of the patients' table, else of its days, else of the timelines."""
    frame = patient.frame
    months = names.best(
        patient.frame.columns, "os months|overall survival months|overall survival|os time months"
    )
    status = names.best(
        patient.frame.columns, "os status|overall survival status|vital status|patients vital status|os event"
    )
    if months is not None:
        notes["overall survival is taken as time since diagnosis"] = []
        unit = _month(frame[months])
        if unit != "months":
            notes["a month of overall survival is 30 days: only then all times are whole days"] = []
        return {"unit": unit, "follow_up": months} | ({"died": status} if status is not None else {})
    own = [
        names.best(patient.frame.columns, known)
        for known in ("days to death", "days to last followup|days to last follow up|days to last contact")
    ]
    if any(own):
        days = np.full((2, len(frame)), np.nan)
        for k, name in enumerate(own):
            if name is not None:
                days[k] = _days(frame[name])
        died = np.isfinite(days[0])
        if status is not None:
            stated = read_status(frame[status], DEATH).values
            died = np.where(stated.is_null().to_numpy(), died, stated.fill_null(value=False).to_numpy())
        end = np.where(died & np.isfinite(days[0]), days[0], np.fmax(days[0], days[1])) * 365.25
    else:
        end, died = _seen(patient, dated)
        notes["follow-up is that of the last row of the timelines, death as they say"] = []
    columns["FOLLOW_UP"] = [None if np.isnan(value) else f"{value:.6g}" for value in end]
    columns["DIED"] = ["yes" if value else "no" for value in died]
    place = {"table": "course"}
    return {"unit": "days", "follow_up": place | {"column": "FOLLOW_UP"}, "died": place | {"column": "DIED"}}


def _days(texts: pl.Series) -> Any:
    """Days as years (n,), NaN where they cannot be read."""
    marks = marks_of(texts, None, decimal_mark([texts]), ".", whole=True)
    return read_duration(texts, "days", Coding(marks=marks)).values.to_numpy().astype(float)


def _month(texts: pl.Series) -> str:
    """Unit of times in months: some studies divided days by 30, and then times 30 all are whole numbers."""
    values = read_duration(texts, "months").values.drop_nulls().to_numpy() * 12
    # A time with one decimal is whole by thirty whatever the month was.
    values = values[np.isfinite(values)]
    fine = values[np.abs(values * 10 - np.round(values * 10)) > 1e-3]
    whole = np.abs(fine * 30 - np.round(fine * 30)) < 0.01
    return "30-day months" if len(fine) >= 20 and whole.mean() > 0.95 else "months"


def _seen(patient: Table, dated: Sequence[_Timeline]) -> tuple[Any, Any]:
    """Last day (n,) on which the timelines know of each patient, and whether they tell of her death."""
    end, died = np.full(len(patient.frame), np.nan), np.zeros(len(patient.frame), bool)
    number = {key: row for row, key in enumerate(patient.frame[ID].to_list())}
    for found in dated:
        frame = found.table.frame
        rows = np.array([number.get(key, -1) for key in frame[found.id].to_list()], np.int64)
        for name in (found.time, names.best(found.table.frame.columns, "stop date|end date")):
            if name is not None:
                days = _days(frame[name]) * 365.25
                known = (rows >= 0) & np.isfinite(days)
                end[rows[known]] = np.fmax(end[rows[known]], -np.inf)
                np.fmax.at(end, rows[known], days[known])
        for name in found.table.frame.columns:
            if names.normal(name) in _KIND.split("|"):
                dead = frame[name].str.contains(f"(?i){_DEAD.pattern}").fill_null(value=False).to_numpy()
                died[rows[dead & (rows >= 0)]] = True
    return end, died


def _stated_distant(patient: Table) -> dict[str, Any]:
    """Distant disease as the patients' table itself states it, with its time."""
    status = names.best(patient.frame.columns, _DISTANT_STATUS)
    months = names.best(patient.frame.columns, _DISTANT_MONTHS)
    if status is None:
        return {}
    return {"distant_status": status} | ({"distant": {"column": months, "unit": "months"}} if months else {})


def _distant(
    patient: Table,
    sample: Table | None,
    dated: Sequence[_Timeline],
    events: Sequence[tuple[_Timeline, dict[str, Any]]],
    notes: dict[str, list[int]],
) -> list[str | None]:
    """Whether each patient had distant disease: yes, no, or None for not recorded.

    A patient without a row of distant disease had none, if the study has such rows at all; not if she had a
    recurrence that no row tells of: it may have been distant.
    """
    ids = patient.frame[ID].to_list()
    ill = {key for found, event in events for key in _named(found.table, event)}
    if sample is not None:
        for event in metastatic_samples(Path(sample.file), sample):
            ill |= set(_named(sample, event))
        for site in site_columns(sample):
            found = read_status(sample.frame[site], YES_NO).values.fill_null(value=False)
            ill |= set(sample.frame.filter(found)[ID].drop_nulls())
    local = {key for found in dated for key in _recurrences(found)}
    column = names.best(patient.frame.columns, RECURRENCE)
    recurred = None if column is None else read_status(patient.frame[column], YES_NO).values.to_list()
    answers: list[str | None] = []
    for row, key in enumerate(ids):
        stated = None if recurred is None else recurred[row]
        if key in ill:
            answers.append("yes")
        elif key in local or stated is False:
            answers.append("no")
        else:
            answers.append("no" if events and recurred is None else None)
    if recurred is not None:
        open_ = [row for row, answer in zip(patient.rows, answers, strict=True) if answer is None]
        text = "a recurrence without a row of its own, or not recorded: distant disease is not recorded"
        notes[text] = [int(row) for row in open_]
    elif not events:
        notes["no table of distant sites: distant disease is only known by stage and samples"] = []
    return answers


def _named(table: Table, event: dict[str, Any]) -> Iterator[str]:
    """Patients of the rows that a section of events uses."""
    import polars as pl

    frame = table.frame
    for column, words in event.get("only", {}).items():
        frame = frame.filter(pl.col(column).is_in(words))
    for column, words in event.get("exclude", {}).items():
        frame = frame.filter(~pl.col(column).fill_null("").is_in(words))
    yield from frame[event["id"]].drop_nulls()


def _recurrences(found: _Timeline) -> Iterator[str]:
    """Patients of whose recurrence, of any kind, a timeline tells."""
    for name in found.table.frame.columns:
        if names.normal(name) in _KIND.split("|"):
            told = found.table.frame[name].str.contains(f"(?i){_RECURRED.pattern}").fill_null(value=False)
            yield from found.table.frame.filter(told)[found.id].drop_nulls()
