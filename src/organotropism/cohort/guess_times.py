"""The course of the patients in the columns of a table: follow-up, death, distant disease, sites."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from organotropism.cohort import column_names as names
from organotropism.cohort.coded import refuse_amounts
from organotropism.cohort.guess import Guessed, assignment, codes, quoted, readable, text_list, unread
from organotropism.cohort.guess_dates import FORMATS, date_formats, is_date
from organotropism.cohort.times import DEATH, YES_NO, read_dates, read_duration, read_status
from organotropism.cohort.values import PLAIN, Coding
from organotropism.errors import InputError

_DEATH_TIME: Final = (
    "death|date of death|death date|todesdatum|sterbedatum|date de deces|date deces|fecha de defuncion"
    "|fecha defuncion|fecha de fallecimiento|fecha de muerte|дата смерти|of death"
)
_SEVERAL_SITES: Final = {"bmfs": "bone or brain", "bm event": "bone or brain", "bm": "bone or brain"}
_YES: Final = re.compile(r"distant|metasta|fern|métasta|distan|отдал|\bm1\b", re.I)
_NO: Final = re.compile(r"\bno\b|none|kein|without|locoreg|local|regional|lokal|нет|\bm0\b|free", re.I)
#: Fewer cells than this do not tell a time from yes and no.
_FEW: Final = 2
_STATUSES: Final = ("died", "distant_status")


@dataclass
class Course:
    """Columns of the course.

    Attributes
    ----------
    unit : of the times
    formats : of the dates
    entries : lines of the section of times
    sites : site to the lines of its columns
    own_form : whether the table is a cohort file of this package
    end : columns that are taken as times
    """

    unit: str = "days"
    formats: list[str] = field(default_factory=list)
    entries: dict[str, list[str]] = field(default_factory=dict)
    sites: dict[str, list[str]] = field(default_factory=dict)
    own_form: bool = False
    end: list[str] = field(default_factory=list)

    def series(self, guessed: Guessed) -> str:
        """Kind of series: without follow-up, but with M or sites, it is a registry of diagnoses."""
        told = "columns.m" in " ".join(guessed.taken.values()) or self.sites
        return "at diagnosis" if "follow_up" not in self.entries and told else "from diagnosis"

    def missing(self, guessed: Guessed) -> Iterator[str]:
        """What an import would want and was not found."""
        if not guessed.table.read:
            yield "the table has no rows: its columns are guessed by their names alone"
        if "follow_up" not in self.entries and self.series(guessed) == "from diagnosis":
            yield "no column of follow-up was found (times.follow_up)"
        stage = "columns.m" in " ".join(guessed.taken.values())
        if not (self.sites or stage or {"distant", "distant_status"} & self.entries.keys()):
            yield "no column of distant disease or of a site was found; a table of events may hold them"

    def lines(self) -> Iterator[str]:
        """The sections of times and of sites."""
        yield "[times]"
        yield f'unit = "{self.unit}"'
        if self.formats:
            yield f"format = {text_list(self.formats)}"
        yield '# an empty time of distant disease or of a site: "not found" or "not recorded"'
        yield f'empty = "{"not recorded" if self.own_form else "not found"}"'
        if set(names.SITE_WORDS) - self.sites.keys():
            yield '# what it means that a site has no column below: "not found" or "not recorded"'
            yield 'no_column = "not recorded"'
        yield '# distant disease on the day of diagnosis where M is not known: a "relapse" or "stage IV"'
        yield f'day_zero = "{"stage IV" if self.own_form else "relapse"}"'
        for name in ("diagnosis", "entry", "follow_up", "died", "distant", "distant_status"):
            if name in self.entries:
                yield from self.entries[name]
            elif name in {"follow_up", "died"}:
                yield f'# not found: {name} = "..."'
        yield ""
        if self.sites:
            yield "[sites]"
            for site in names.SITE_WORDS:
                yield from self.sites.get(site, ())
        else:
            yield "# Sites in long form, one row for each patient, site and time, are a table of their own:"
            yield from ("# [events]", '# file = "events.csv"', '# id = "PATIENT"', '# site = "SITE"')
            yield '# time = "DAYS"'
        yield ""


def guess_course(guessed: Guessed) -> Course:
    """Find the columns of the course; they are taken before the fields of a patient are."""
    columns = guessed.table.frame.columns
    course = Course(own_form=any(name.startswith("site_time.") for name in columns))
    of_patients = {
        column
        for name, known in names.PATIENT.items()
        if name not in {"t", "n", "m", "year_of_diagnosis"}
        for column in names.all_of(columns, known)
    }
    free = [column for column in columns if column not in of_patients]
    sites = _site_columns(guessed, free)
    timed: dict[str, list[str]] = {}
    for name in ("follow_up", "distant", "entry"):
        found = next((c for c in _named(free, names.TIMES[name]) if _is_time(guessed, c)), None)
        if found is not None:
            timed[name] = [found]
    _with_death(guessed, timed, free)
    if "follow_up" not in timed and "distant" in timed:
        # Time to distant disease or to the last contact: nothing is known of the time after it.
        timed = {"follow_up": timed["distant"], **timed}
    times = [column for found in timed.values() for column in found] + [
        c for c, kind in sites.items() if kind == "time"
    ]
    # The first of them is follow-up, the longest: the others are in its unit unless they say their own.
    course.unit = next((_unit(guessed, column) for column in times), "days")
    units = {column: _unit(guessed, column, course.unit) for column in times}
    if "dates" in units.values():
        _dates(guessed, course, [c for c, unit in units.items() if unit == "dates"], free)
    for name, used in timed.items():
        course.entries[name] = [_timed(guessed, name, used, units, course.unit)]
        course.end += used
    for name in _STATUSES:
        _status(guessed, course, name, free)
    _died_by_time(guessed, course, free)
    _sites(guessed, course, sites, units)
    return course


def _named(columns: list[str], known: str) -> list[str]:
    """Columns that bear one of the names, with or without a unit of time, best first."""
    rank = {word: number for number, word in enumerate(known.split("|"))}
    ranked = []
    for number, name in enumerate(columns):
        places = [rank[key] for key in (names.normal(name), names.unit_of(name)[1]) if key in rank]
        if places:
            ranked.append((min(places), number, name))
    return [name for *_, name in sorted(ranked)]


def _is_time(guessed: Guessed, column: str) -> bool:
    """Whether a column holds dates or durations, and not just 0 and 1; entry may be 0 for everybody."""
    texts = guessed.texts(column)
    if not len(texts):
        return True
    distinct = set(texts.drop_nulls().unique().to_list())
    if not texts.count() or (len(distinct) > 1 and distinct <= {"0", "1", "0.0", "1.0"}):
        return False
    if is_date(texts):
        return True
    return readable(texts, read_duration(texts, "days", _coding(guessed, column, whole=False))) > 0.5


def _coding(guessed: Guessed, column: str, *, whole: bool) -> Coding:
    return Coding(marks=guessed.marks(column, whole=whole))


def _with_death(guessed: Guessed, timed: dict[str, list[str]], free: list[str]) -> None:
    """Follow-up of the time of death, else of the last contact, where one alone leaves patients out."""
    death = next((c for c in _named(free, _DEATH_TIME) if _is_time(guessed, c)), None)
    if death is None or "follow_up" not in timed or death in timed["follow_up"]:
        return
    last = timed["follow_up"][0]
    if (guessed.texts(last).is_null() & guessed.texts(death).is_not_null()).any():
        timed["follow_up"] = [death, last]


def _dates(guessed: Guessed, course: Course, dated: list[str], free: list[str]) -> None:
    """The date of diagnosis, and the formats of all dates."""
    diagnosis = next((c for c in _named(free, names.TIMES["diagnosis"]) if is_date(guessed.texts(c))), None)
    found = [
        form
        for column in [*dated, *([diagnosis] if diagnosis else [])]
        for form in date_formats(guessed.texts(column))
    ]
    course.formats = list(dict.fromkeys(found))
    if diagnosis is not None:
        course.entries["diagnosis"] = [assignment("diagnosis", [f"column = {quoted(diagnosis)}"])]
        guessed.take(diagnosis, "times.diagnosis")
    else:
        course.entries["diagnosis"] = ['# not found, and needed with dates: diagnosis = "..."']


def _timed(guessed: Guessed, name: str, columns: list[str], units: dict[str, str], main: str) -> str:
    """The line of a time, of one column or of the first of two."""
    parts = []
    for column in columns:
        guessed.take(column, f"times.{name}")
        part = [f"column = {quoted(column)}"]
        if units[column] != main:
            part.append(f'unit = "{units[column]}"')
        parts.append(part)
    if len(parts) == 1:
        return assignment(name, parts[0])
    several = ", ".join(
        quoted(c) if len(p) == 1 else f"{{ {', '.join(p)} }}" for c, p in zip(columns, parts, strict=True)
    )
    return f"{name} = {{ first_of = [{several}] }}"


def _unit(guessed: Guessed, column: str, usual: str | None = None) -> str:
    """Unit of a column of times: by its name, else the usual one, else by how large the numbers are."""
    texts = guessed.texts(column)
    if is_date(texts):
        return "dates"
    named, _ = names.unit_of(column)
    if named is not None and named != "dates":
        return named
    if usual is not None and usual != "dates":
        return usual
    numbers_stand = read_duration(texts, "days", _coding(guessed, column, whole=True)).values.is_not_null()
    if usual == "dates" and not numbers_stand.any():
        return "dates"
    coding = _coding(guessed, column, whole=True)
    years = read_duration(texts, "years", coding)
    numbers = years.values.filter(years.values.is_finite())
    largest = numbers.quantile(0.9)
    if largest is not None and largest <= 40 and not years.out_of_range.any():
        return "years"
    days = read_duration(texts, "days", coding).values
    middle = days.filter(days.is_finite()).median()
    return "months" if isinstance(middle, float) and middle < 0.5 else "days"


def _status(guessed: Guessed, course: Course, name: str, free: list[str]) -> None:
    """Who died, or had distant disease: words before bare 0 and 1, which may mean either."""
    choice = DEATH if name == "died" else YES_NO
    candidates = [
        c
        for c in _named(free, names.TIMES[name])
        if c not in guessed.taken and (guessed.texts(c).count() or not guessed.table.read)
    ]
    numeric = {c: bool(guessed.texts(c).drop_nulls().str.contains(r"^[\d.]+$").all()) for c in candidates}
    for column in sorted(candidates, key=lambda c: numeric[c]):
        texts = guessed.texts(column)
        read = read_status(texts, choice)
        found = unread(texts, read)
        try:
            refuse_amounts(texts, PLAIN, name, receptor=False)
        except InputError:
            found = None
        if found is None or is_date(texts):
            guessed.leave(column, f"looks like {name}, but is no yes or no")
            continue
        lines, parts = [], [f"column = {quoted(column)}"]
        words = [_answer(name, text, found) for text in found]
        if found:
            lines.append(f'# {name}: say "yes" or "no" for each of these texts')
            parts.append(codes(found, words))
        elif name == "died" and "vital" in names.normal(column) and numeric[column]:
            lines.append(
                '# 1 is read as dead; where 1 is alive (NAACCR), codes = { "0" = "yes", "1" = "no" }'
            )
        guessed.take(column, f"times.{name}")
        course.entries[name] = [*lines, assignment(name, parts)]
        return


def _answer(name: str, text: str, found: list[str]) -> str:
    """Yes or no for a text that the reader does not know; unknown where the text does not say it."""
    if name == "died":
        # SEER: 1 alive, 4 dead.
        return "yes" if text == "4" and found == ["4"] else "unknown"
    if _NO.search(text):
        return "no"
    return "yes" if _YES.search(text) else "unknown"


def _died_by_time(guessed: Guessed, course: Course, free: list[str]) -> None:
    """Death by its time, where no column says yes or no: an empty cell is alive."""
    if "died" in course.entries:
        return
    column = next((c for c in _named(free, _DEATH_TIME) if guessed.texts(c).count()), None)
    if column is not None:
        guessed.take(column, "times.died")
        parts = [f"column = {quoted(column)}", codes(["", "*"], ["no", "yes"])]
        course.entries["died"] = ["# dead is who has a time of death", assignment("died", parts)]


def _site_columns(guessed: Guessed, free: list[str]) -> dict[str, str]:
    """Columns of single sites, each with what it is: a time, or found."""
    kinds = {}
    for name in free:
        short = names.unit_of(name)[1]
        if short in _SEVERAL_SITES:
            guessed.leave(name, f"may be {_SEVERAL_SITES[short]}: map it under [sites] as the one it is")
        if names.site_of(name.removeprefix("site_time.")) is None:
            continue
        texts = guessed.texts(name)
        status = read_status(texts, YES_NO)
        if texts.count() < _FEW and not status.values.count():
            # Metastases of the brain are rare: an empty column still is one of theirs.
            kinds[name] = "time"
            continue
        values = set(texts.drop_nulls().unique().to_list())
        found = status.values.is_not_null().sum() and (not status.failed.any() or len(values) <= 5)
        timed = _is_time(guessed, name) or bool(read_dates(texts, FORMATS).values.is_not_null().any())
        if found and (not status.failed.any() or not timed or readable(texts, status) > 0.5):
            kinds[name] = "found"
        elif timed or names.normal(name).startswith("site time"):
            kinds[name] = "time"
        else:
            guessed.leave(name, "looks like a site, but is neither a time nor yes or no")
    return kinds


def _sites(guessed: Guessed, course: Course, kinds: dict[str, str], units: dict[str, str]) -> None:
    """The lines of the sites: of each the first time, and the first yes or no."""
    parts: dict[str, dict[str, str]] = {}
    for column, kind in kinds.items():
        site = names.site_of(column.removeprefix("site_time."))
        assert site is not None
        if column in guessed.taken:
            continue
        if kind in parts.setdefault(site, {}):
            guessed.leave(column, f"a further column of {site}: name it under [sites] if it is another site")
            continue
        own = kind == "time" and units.get(column, course.unit) != course.unit
        spec = f'{{ column = {quoted(column)}, unit = "{units[column]}" }}' if own else quoted(column)
        parts[site][kind] = f"{kind} = {spec}"
        guessed.take(column, f"sites.{site}")
    course.sites = {
        site: [f"{site} = {{ {', '.join(found[k] for k in ('time', 'found') if k in found)} }}"]
        for site, found in parts.items()
        if found
    }
