"""A user's own studies: a small table of findings, held to the rules of the package's evidence.

Each row is one number of one study, in the columns of `COLUMNS`; the vocabulary is that of
``associations.csv``. What follows from a row (logarithm, standard error, whether it may enter a model) is
derived here, and then every rule of the shipped tables is applied to it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

from organotropism.errors import InputError, did_you_mean, gather, one_of
from organotropism.evidence.findings import Finding, findings_of
from organotropism.evidence.load import studies as shipped_studies
from organotropism.evidence.own_doubts import Repeats, lopsided, told
from organotropism.evidence.own_table import rows_of
from organotropism.evidence.readings import usual_functional
from organotropism.evidence.records import Association, Study
from organotropism.evidence.rules import ROW_RULES, VOCABULARY
from organotropism.patient_values import read_number, read_whole_number
from organotropism.vocabulary import Design, Grade

MOST_BYTES: Final = 200_000
MOST_ROWS: Final = 500
_LONGEST_TEXT: Final = 300

#: Columns, whether each must be filled, and what it holds.
COLUMNS: Final[dict[str, tuple[bool, str]]] = {
    "study_id": (True, "short name of the study, one that the package does not have"),
    "authors": (False, "first author"),
    "year": (False, "year of publication"),
    "title": (False, "title"),
    "doi": (False, "DOI"),
    "diagnosed": (False, "years of diagnosis, such as 2005-2015"),
    "design": (False, f"whose patients: {one_of(Design)}"),
    "factor": (True, "factor, such as subtype, er, grade, histology"),
    "level": (True, "level, such as TNBC, positive, lobular"),
    "comparator": (False, "what it is compared with, such as HR+/HER2-; blank for a share"),
    "site": (True, "bone, lung, liver, brain, any_distant, visceral, bone_only, ..."),
    "endpoint": (True, "at_diagnosis, first_relapse, ever or time_to_site"),
    "denominator": (True, "all_patients or metastatic_patients"),
    "measure": (True, "OR, HR, RR, percent, or qualitative where there is no number"),
    "estimate": (False, "ratio, or percent from 0 to 100"),
    "ci_low": (False, "lower end of the 95 % interval"),
    "ci_high": (False, "upper end of the 95 % interval"),
    "n": (False, "patients of the level"),
    "events": (False, "of these with the site"),
    "horizon_years": (False, "years at which a cumulative incidence holds"),
    "direction": (False, "increases, decreases or none; of a ratio it follows from the number"),
    "adjusted": (False, "yes or no"),
    "population": (False, "subgroup to which the row is confined, such as TNBC"),
    "grade": (False, "A to E as in the evidence; B unless given"),
}
_ASYMMETRIC: Final = "asymmetric"
_RATIOS: Final = ("OR", "HR", "RR")
_RENAMED: Final = {
    "site": "site_std",
    "endpoint": "endpoint_std",
    "factor": "factor_std",
    "level": "level_std",
    "comparator": "comparator_std",
    "grade": "evidence_grade",
    "n": "n_exposed",
    "events": "events_exposed",
}
_SHOWN_AS: Final = {column: name for name, column in _RENAMED.items()}


@dataclass(frozen=True)
class OwnEvidence:
    """Studies and findings of a user.

    Attributes
    ----------
    studies : by id
    associations : one per row of the table, repeated ones once
    notes : what was made of rows that are repeated or doubtful
    """

    studies: Mapping[str, Study]
    associations: tuple[Association, ...]
    notes: tuple[str, ...] = ()

    def findings(self) -> tuple[Finding, ...]:
        """The contrasts among them, as they join the evidence map; shares are none."""
        return findings_of(self.associations, self.studies)


def read_own(text: str, file: str) -> OwnEvidence:
    """Read a table of own findings.

    Parameters
    ----------
    text : delimited by commas, semicolons or tabs, with a header; columns may be in any order, those that
        need not be filled may be left out
    file : its name in messages

    Raises
    ------
    InputError
        For every row and column that cannot be used or breaks a rule of the evidence.
    """
    if len(text.encode()) > MOST_BYTES:
        raise InputError("is too large", file=file, expected=f"at most {MOST_BYTES // 1000} kB")
    columns = {name: needed for name, (needed, _) in COLUMNS.items()}
    rows = list(rows_of(text.removeprefix("\ufeff"), file, columns, MOST_ROWS))
    studies: dict[str, Study] = {}
    found, problems, notes = [], [], []
    doubtful, repeats = list[int](), Repeats()
    for number, row in rows:
        try:
            study = _study(row)
            first = studies.setdefault(study.study_id, study)
            if first != study:
                raise InputError("is described in another way in an earlier row", field="study_id")
            association = _association(row, number)
            _check(association)
            repeated = repeats.of(association, number)
            if repeated is not None:
                notes.append(repeated)
                continue
            found.append(association)
            if association.ci_check == _ASYMMETRIC:
                doubtful.append(number)
        except InputError as error:
            problems.append(error.at(file=file, row=number))
    if problems:
        raise gather(problems)
    if doubtful:
        notes.append(told(doubtful))
    return OwnEvidence(studies, tuple(found), tuple(notes))


def read_own_file(path: str | Path) -> OwnEvidence:
    """Read a table of own findings from a file; as `read_own`."""
    try:
        with open(path, "rb") as stream:
            content = stream.read(MOST_BYTES + 1)
        text = content.decode("utf-8")
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", file=str(path)) from None
    except UnicodeDecodeError:
        raise InputError("is not UTF-8 text", file=str(path)) from None
    return read_own(text, str(path))


def _text(row: Mapping[str, str], name: str) -> str:
    text = row.get(name, "")
    if len(text) > _LONGEST_TEXT or not text.isprintable():
        raise InputError("is too long, or no plain text", field=name)
    if not text and COLUMNS[name][0]:
        raise InputError("is blank", field=name, expected=COLUMNS[name][1])
    return text


def _number(row: Mapping[str, str], name: str) -> float | None:
    try:
        return read_number(_text(row, name))
    except InputError as error:
        raise error.at(field=name) from None


def _whole(row: Mapping[str, str], name: str) -> int | None:
    try:
        number = read_whole_number(_text(row, name))
    except InputError as error:
        raise error.at(field=name) from None
    if number is not None and number < 0:
        raise InputError("is negative", field=name, value=number)
    return number


def _study(row: Mapping[str, str]) -> Study:
    identity = _text(row, "study_id")
    if identity in shipped_studies():
        raise InputError(
            "is a study of the package already", field="study_id", value=identity, expected="another name"
        )
    cells: dict[str, Any] = {field.name: "" if field.type is str else None for field in fields(Study)}
    cells |= {
        "study_id": identity,
        "authors_short": _text(row, "authors") or identity,
        "year": _whole(row, "year"),
        "title": _text(row, "title"),
        "doi": _text(row, "doi"),
        "period": _text(row, "diagnosed"),
        "design": _design(row),
        "design_source": "own evidence",
        "middle_year": _middle_year(_text(row, "diagnosed")),
        "species": "human",
        "read_level": "full text",
        "verified": "yes",
    }
    return Study(**cells)


def _design(row: Mapping[str, str]) -> str:
    text = _text(row, "design")
    if text and text not in set(Design):
        hint = did_you_mean(text, Design)
        raise InputError(
            f"is not a design of a study{hint}", field="design", value=text, expected=one_of(Design)
        )
    return text or Design.NOT_STATED


def _middle_year(diagnosed: str) -> float | None:
    years = [int(year) for year in re.findall(r"(?:19|20)\d\d", diagnosed)]
    return (min(years) + max(years)) / 2 if years else None


def _association(row: Mapping[str, str], number: int) -> Association:
    measure, estimate = _text(row, "measure"), _number(row, "estimate")
    low, high = _number(row, "ci_low"), _number(row, "ci_high")
    ratio, share = measure in _RATIOS, measure == "percent"
    horizon = _number(row, "horizon_years")
    cells: dict[str, Any] = {field.name: "" if field.type is str else None for field in fields(Association)}
    for name in ("factor", "level", "comparator", "site", "endpoint", "denominator", "measure", "adjusted"):
        cells[name] = cells[_RENAMED.get(name, name)] = _text(row, name)
    cells |= {
        "record_id": f"{_text(row, 'study_id')}-own{number}",
        "study_id": _text(row, "study_id"),
        "domain": "clinicopathological",
        "estimate": estimate,
        "ci_low": low,
        "ci_high": high,
        "direction": _text(row, "direction") or _direction(ratio, estimate, low, high),
        "n_exposed": _whole(row, "n"),
        "events_exposed": _whole(row, "events"),
        "denominator_basis": "stated",
        "conditional": "site_given_group",
        "population": _text(row, "population"),
        "value_meaning": _meaning(ratio, share, horizon),
        "horizon_years": horizon,
        "ci_check": _interval(row, share, (estimate, low, high)),
        "evidence_grade": _text(row, "grade") or Grade.B,
        "usable_reason": "own evidence",
    }
    if ratio and estimate is not None and low is not None and high is not None:
        if min(estimate, low, high) <= 0:
            raise InputError("a ratio and its interval must be positive", field="estimate")
        cells["log_ratio"] = round(math.log(estimate), 4)
        cells["se"] = round((math.log(high) - math.log(low)) / 3.92, 4)
        if cells["se"] <= 0:
            raise InputError("is not above ci_low", field="ci_high", value=high)
    return Association(**(cells | _use(cells, ratio, share)))


def _interval(row: Mapping[str, str], share: bool, numbers: tuple[float | None, ...]) -> str:
    """What is known of an interval: none, none that may be doubted, or asymmetric."""
    if None in numbers:
        return "none" if numbers[1] is None else "ok"
    return _ASYMMETRIC if lopsided(row, share) else "ok"


def _direction(ratio: bool, estimate: float | None, low: float | None, high: float | None) -> str:
    """What a ratio says: none where its interval holds one."""
    if not ratio or estimate is None:
        return ""
    if low is not None and high is not None and low <= 1 <= high:
        return "none"
    return "increases" if estimate > 1 else "decreases"


def _meaning(ratio: bool, share: bool, horizon: float | None) -> str:
    if ratio:
        return "effect_ratio"
    if not share:
        return ""
    return "proportion" if horizon is None else "cumulative_incidence"


def _use(cells: Mapping[str, Any], ratio: bool, share: bool) -> dict[str, str]:
    """Whether the row may enter a model: a ratio with its interval, or a share with its size, in people."""
    known = (ratio and cells["se"] is not None) or (
        share and cells["estimate"] is not None and cells["n_exposed"] is not None
    )
    known = known and cells["ci_check"] != _ASYMMETRIC
    if known and cells["evidence_grade"] in (Grade.A, Grade.B):
        functional = usual_functional(cells["endpoint_std"], cells["denominator"], cells["measure"])
        return {"usable": "model", "independent_set": "yes", "functional": functional}
    return {"usable": "direction" if cells["direction"] else "context"}


def _check(row: Association) -> None:
    """Every rule of the shipped table that speaks of one row."""
    problems = []
    for column, allowed in VOCABULARY["associations.csv"].items():
        value = getattr(row, column)
        if value not in allowed:
            words = sorted(str(word) for word in allowed if word)
            expected = one_of(words) if len(words) < 30 else "one of the words of the field reference"
            name = _SHOWN_AS.get(column, column)
            hint = did_you_mean(value, words)
            problems.append(
                InputError(f"is outside the vocabulary{hint}", field=name, value=value, expected=expected)
            )
    if not problems:
        problems = [
            InputError(problem) for problem, broken in ROW_RULES["associations.csv"].items() if broken(row)
        ]
    if problems:
        raise gather(problems)
