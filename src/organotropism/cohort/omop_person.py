"""One person of a common data model: what her events say of diagnosis, observation, disease and tumour."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from organotropism.cohort.mcode_course import MONTH, Course
from organotropism.cohort.mcode_dates import EPOCH, When
from organotropism.cohort.mcode_statements import Statements, treatments
from organotropism.cohort.omop_events import Event
from organotropism.cohort.omop_rules import Rules
from organotropism.cohort.omop_tumour import DayOf, describe, negated
from organotropism.vocabulary import SITES

#: Days that stand for no date, whatever else they are.
DEFAULTS: Final = frozenset((date(y, 1, 1) - EPOCH).days for y in (1900, 1970))
EARLIEST: Final = (date(1930, 1, 1) - EPOCH).days
_DAYS_IN_YEAR: Final = 365.25

IN_SITU: Final = "breast cancer in situ alone"
HISTORY: Final = "a history of breast cancer alone: no date of diagnosis"
NOT_CARCINOMA: Final = "a tumour of the breast that is no carcinoma"
RECURRENCE: Final = "a recurrence of breast cancer alone: no date of diagnosis"
UNDATED: Final = "no date of diagnosis"
FEWER: Final = "fewer records of breast cancer than the rule diagnosis_codes asks for"
WASHED: Final = "under observation for less than the rule washout asks for before the first record"
UNOBSERVED: Final = "no observation period at or after the diagnosis"

LATE_DEATH: Final = "died after the end of observation: not counted (rule after_observation=counted)"
LATE_DISEASE: Final = (
    "distant disease after the end of observation: not counted (rule after_observation=counted)"
)
DEATH_OBSERVED: Final = (
    "death stands among the observations or measurements, not in the table of deaths: read"
)
ALIVE: Final = "no record of death: taken as alive at the end of observation; deaths outside may be missing"
NO_PERIOD: Final = "no observation period: followed until the last record that is known"
OTHER: Final = "row of a metastasis of another cancer"
DOUBTFUL: Final = "row of a metastasis that may be of another cancer"
TEXT_ONLY: Final = "an answer that is neither yes nor no"


def read_person(events: list[Event], rules: Rules, today: int) -> Statements:
    """Read the events of one person.

    Parameters
    ----------
    today : days since 1970-01-01; later dates are none
    """
    found = Statements(str(events[0].person))
    by: dict[str, list[Event]] = {}
    for event in events:
        by.setdefault(event.element, []).append(event)
    born = _born(by, found)
    earliest = max(EARLIEST, born - 366 if born is not None else EARLIEST)

    def day_of(event: Event) -> int | None:
        day = event.day
        return None if day is None or day in DEFAULTS or not earliest <= day <= today else day

    invasive = [e for e in by.get("breast", ()) if e.value.startswith("invasive")]
    dated = sorted((day, e) for e in invasive if (day := day_of(e)) is not None)
    diagnosis = _diagnosis(dated, by, rules, day_of)
    if isinstance(diagnosis, str):
        found.problem = diagnosis if invasive else _without(by)
        return found
    found.diagnosis = When(diagnosis, whole=True)
    if born is not None:
        found.fields["age"] = (diagnosis - born) / _DAYS_IN_YEAR
    found.fields["year_of_diagnosis"] = (EPOCH.fromordinal(EPOCH.toordinal() + diagnosis)).year
    end = _observe(by, diagnosis, rules, found, day_of)
    if found.problem is None:
        _die(by, end, rules, found, day_of)
        _spread(by, diagnosis, rules, found, day_of)
        describe(by, diagnosis, rules.near_diagnosis, found, day_of)
        medicines = [
            (e.value, When(day, whole=True)) for e in by.get("drug", ()) if (day := day_of(e)) is not None
        ]
        treatments([m for m in medicines if m[1].days >= diagnosis - MONTH], found)
    return found


def _born(by: dict[str, list[Event]], found: Statements) -> int | None:
    """Day of birth; of a year alone, its middle."""
    person = next(iter(by.get("person", ())), None)
    if person is None:
        return None
    sex = {"f": "female", "m": "male"}.get(person.value.strip().lower()[:1])
    if sex is not None:
        found.fields["sex"] = sex
    year, month, day = person.record, person.day, person.until
    try:
        if year is None or not year >= 1850:
            return None
        return (date(year, month or 7, day or (15 if month else 1)) - EPOCH).days
    except ValueError:
        return None


def _without(by: dict[str, list[Event]]) -> str:
    """Why a person has no diagnosis of invasive carcinoma."""
    values = {event.value for event in by.get("breast", ())}
    for value, reason in (
        ("local recurrence", RECURRENCE),
        ("in situ", IN_SITU),
        ("not carcinoma", NOT_CARCINOMA),
    ):
        if value in values:
            return reason
    return HISTORY


def _diagnosis(
    dated: list[tuple[int, Event]], by: dict[str, list[Event]], rules: Rules, day_of: DayOf
) -> int | str:
    """Day of diagnosis, or why there is none; a record marked as the initial diagnosis prevails."""
    if not dated:
        return UNDATED
    marked = {event.link for event in by.get("initial diagnosis", ()) if event.link is not None}
    initial = [day for day, event in dated if event.record in marked]
    days = sorted({day for day, _ in dated})
    for begin, first in enumerate(days):
        last = begin + rules.diagnosis_codes - 1
        near = last < len(days) and (not rules.codes_within or days[last] - first <= rules.codes_within)
        if near:
            return min(initial) if initial else first
    return FEWER


def _observe(
    by: dict[str, list[Event]], diagnosis: int, rules: Rules, found: Statements, day_of: DayOf
) -> int | None:
    """Find the stretch of observation that holds the diagnosis, else the first after it; returns its end."""
    periods = sorted(
        (e.day, e.until)
        for e in by.get("period", ())
        if e.day is not None and e.until is not None and e.until >= e.day
    )
    if not periods:
        days = [day for events in by.values() for e in events if e.element != "person" and (day := day_of(e))]
        found.course.last = max(days)
        found.notes.add(NO_PERIOD)
        return None
    merged = [periods[0]]
    for begin, end in periods[1:]:
        if begin - merged[-1][1] <= rules.gap:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    stretch = next(((b, e) for b, e in merged if e >= diagnosis), None)
    if stretch is None:
        found.problem = UNOBSERVED
        return None
    begin, end = stretch
    if rules.washout and begin > diagnosis - rules.washout:
        found.problem = WASHED
    # The claim of a first visit often comes a few days before the insurance begins.
    if begin > diagnosis + MONTH:
        found.entry = begin
    found.course.last = end
    return end


def _die(by: dict[str, list[Event]], end: int | None, rules: Rules, found: Statements, day_of: DayOf) -> None:
    """Death, of the table first."""
    deaths = by.get("death", ())
    table = [e for e in deaths if e.table == "death"]
    days = [day for e in (table or deaths) if (day := day_of(e)) is not None]
    found.course.dead = bool(deaths)
    if not deaths:
        found.notes.add(ALIVE)
        return
    if not table:
        found.notes.add(DEATH_OBSERVED)
    found.course.death = min(days) if days else None
    if days and end is not None and min(days) > end + MONTH and rules.after_observation == "ignored":
        found.course.dead, found.course.death = False, None
        found.notes.add(LATE_DEATH)


def _spread(
    by: dict[str, list[Event]], diagnosis: int, rules: Rules, found: Statements, day_of: DayOf
) -> None:
    """Distant disease by site, and what is not of the breast, not distant or denied."""
    course = found.course
    records = sorted(_distant(by, diagnosis, rules, found, day_of), key=lambda r: (r[1] is None, r[1] or 0))
    days = sorted({day for _, day, sure in records if sure and day is not None})
    if 0 < len(days) < rules.metastasis_codes and all(day is not None for _, day, _ in records):
        found.notes.add("fewer records of distant disease than the rule metastasis_codes asks for: none")
        return
    unnamed: list[int] = []
    for site, day, sure in records:
        if not sure:
            continue
        if site not in SITES:
            if day is None:
                course.untold = True
            else:
                unnamed.append(day)
        elif day is not None:
            before = course.sites.get(site)
            course.sites[site] = day if before is None else min(before, day)
        else:
            course.sites.setdefault(site, None)
    _unnamed(course, unnamed)
    for site, day, sure in records:
        first = course.first
        if sure or (first is not None and day is not None and day > first and site not in SITES):
            continue
        if first is None:
            course.untold = True
        elif site in SITES and site not in course.sites:
            course.open.add(site)


def _unnamed(course: Course, days: list[int]) -> None:
    """Disease without a site: the date of a site that is named within a month, else disease elsewhere."""
    if not days:
        return
    first = min(days)
    named = min((day for day in course.sites.values() if day is not None), default=None)
    if named is None or first < named - MONTH:
        course.elsewhere = first
    elif first < named:
        course.named = first


def _distant(
    by: dict[str, list[Event]], diagnosis: int, rules: Rules, found: Statements, day_of: DayOf
) -> Iterator[tuple[str, int | None, bool]]:
    """Site, day and whether it is surely of the breast, of each record of distant disease."""
    breast = {e.record for e in by.get("breast", ()) if e.table == "condition_occurrence"}
    others = {e.record: day_of(e) for e in by.get("other primary", ())}
    for event in (*by.get("site", ()), *by.get("site at diagnosis", ()), *_advanced(by, diagnosis, rules)):
        reason = _refused(event, rules, found)
        if reason is not None:
            found.ignored.setdefault(f"{event.table}: {reason}", []).append(event.record or 0)
            continue
        if event.link in others and event.link not in breast:
            found.ignored.setdefault(f"{event.table}: {OTHER}", []).append(event.record or 0)
            continue
        day = day_of(event)
        if day is not None and diagnosis - rules.secondary_before <= day < diagnosis:
            day = diagnosis
        if day is not None and found.course.last is not None and day > _end(found.course) + MONTH:
            if rules.after_observation == "ignored":
                found.notes.add(LATE_DISEASE)
                continue
            found.course.last = max(found.course.last, day)
        linked = event.link in breast
        earlier = [d for d in others.values() if d is None or day is None or d <= day + MONTH]
        sure = linked or not earlier or rules.other_primary == "breast"
        if not sure:
            found.notes.add(f"{DOUBTFUL}: taken as unknown (rule other_primary)")
        yield ("any" if event.value == "unclear node" else event.value), day, sure


def _end(course: Course) -> int:
    assert course.last is not None
    return max(course.last, course.death or course.last)


def _advanced(by: dict[str, list[Event]], diagnosis: int, rules: Rules) -> Iterator[Event]:
    """Later stages IV and M1: distant disease, its site untold; at diagnosis M says it."""
    for event in (*by.get("m", ()), *by.get("stage", ())):
        iv = event.value in {"M1", "pM1", "IV", "4", "4A", "4B", "4C"}
        if iv and event.day is not None and event.day > diagnosis + rules.near_diagnosis:
            yield event._replace(value="any")
    for event in by.get("breast", ()):
        if event.value == "invasive and distant":
            yield event._replace(value="any", link=event.record)


def _refused(event: Event, rules: Rules, found: Statements) -> str | None:
    """Why a record of a metastasis says of none."""
    if event.value in ("regional", "ignored"):
        return "row of regional disease, not distant" if event.value == "regional" else "row of no metastasis"
    if event.value == "unclear node" and rules.nodes == "regional":
        return "row of lymph nodes that may be regional (rule nodes)"
    if event.value == "absent":
        return "row that says that there is no metastasis"
    said = negated(event)
    if said == "no":
        return "row that says that there is no metastasis"
    if said == "unknown":
        if event.element == "site at diagnosis":
            found.course.open.add(event.value)
        return "row that says that nothing is known"
    if event.element == "site at diagnosis" and said is None:
        found.course.open.add(event.value)
        return f"row with {TEXT_ONLY}"
    return None
