"""Columns of a table of patients: which are fields of the record, and how a text is parted into them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from organotropism.errors import InputError, gather
from organotropism.patient import MOST_FIELDS, Patient
from organotropism.patient_problems import unknown_field

_DELIMITERS: Final = (",", ";", "\t")
#: Excel's line that names the delimiter.
_EXCEL: Final = re.compile(r"sep=.\s*", re.IGNORECASE)
#: Columns of a cohort (`organotropism cohort import`) that tell what became of its patients.
_COURSE: Final = re.compile(r"entry|follow_up|distant|died|followed|site_time\..+|extra\..+")
COHORT_MARK: Final = "organotropism-cohort/"
"""What the head of a cohort's file holds."""

COHORT_NOTE: Final = "is a cohort: forecasts are from diagnosis, and what became of the patients is not used"
_SITE: Final = "site_time."
_SHOWN, _LONGEST = 50, 60
_DECIMAL_COMMA: Final = re.compile(r"(-?\d+),(\d{1,2}|\d{4,})")


class Columns:
    """How the columns of one table are used.

    Parameters
    ----------
    file : for messages
    ignore : whether columns that are no field of a patient are left out, or an error
    """

    def __init__(self, file: str, ignore: bool = False) -> None:
        self.file, self.ignore = file, ignore
        self._cohort = False
        # A dictionary keeps the order.
        self._ignored: dict[str, None] = {}

    @property
    def notes(self) -> list[str]:
        """What was left out, for the reader of the forecasts."""
        notes = [COHORT_NOTE] if self._cohort else []
        if self._ignored:
            names = list(self._ignored)
            more = "" if len(names) <= _SHOWN else f" and {len(names) - _SHOWN:,} more"
            shown = ", ".join(name[:_LONGEST] or "(no name)" for name in names[:_SHOWN])
            notes.append(f"columns that are no fields of a patient are not used: {shown}{more}")
        return notes

    def is_cohort(self) -> None:
        """Take note that the file is a cohort."""
        self._cohort = True

    def is_head(self, line: str) -> bool:
        """Whether a line stands before the header: a comment, or what Excel writes there."""
        if line.startswith("#") and COHORT_MARK in line:
            self.is_cohort()
        return line.startswith("#") or _EXCEL.fullmatch(line) is not None

    def check(self, names: Sequence[str], row: int | None = None) -> None:
        """Refuse columns that are no fields, where they are not to be ignored.

        Raises
        ------
        InputError
            Such a column, two columns of one name, no field at all, or more columns than a record can have.
        """
        known = [name for name in names if name in Patient.model_fields]
        problems = []
        if self.ignore and not known:
            expected = "columns such as age, er, her2, size_mm"
            problems = [InputError("has no column that is a field of a patient", expected=expected)]
        elif self.ignore:
            self.leave_out(names)
        elif len(names) > MOST_FIELDS:
            expected = "fields of a patient, or --ignore-unknown-columns"
            problems = [InputError(f"has {len(names)} columns", expected=expected)]
        else:
            problems = [unknown_field(name, Patient) for name in self._unknown(names)]
        repeated = sorted({name for name in known if known.count(name) > 1})
        problems += [InputError("is the name of two columns", value=name) for name in repeated]
        if problems:
            raise gather(problems).at(file=self.file, row=row)

    def leave_out(self, names: Sequence[str]) -> None:
        """Take note of the names that are no fields."""
        self._ignored.update(dict.fromkeys(self._unknown(names)))

    def _unknown(self, names: Sequence[str]) -> list[str]:
        fields = Patient.model_fields
        return [
            name for name in names if name not in fields and not (self._cohort and _COURSE.fullmatch(name))
        ]

    def fields(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Fields of the patient in a row; of a cohort's patient also M, and the sites found at diagnosis."""
        if not self.ignore and not self._cohort:
            return dict(row)
        found = {name: value for name, value in row.items() if name in Patient.model_fields}
        distant = row.get("distant") if self._cohort else None
        if _is_zero(distant):
            at_diagnosis = [name for name, time in row.items() if name.startswith(_SITE) and _is_zero(time)]
            sites = [{"site": name.removeprefix(_SITE), "years": 0} for name in at_diagnosis]
            return found | {"m": "M1", "involved": sites}
        return found if distant in (None, "") else found | {"m": "M0"}


def _is_zero(value: object) -> bool:
    try:
        return value is not None and float(str(value)) == 0
    except ValueError:
        return False


def delimiter_of(header: str, usual: str) -> str:
    """The delimiter that parts a header into most fields of a patient.

    Parameters
    ----------
    usual : taken where no other parts it into more
    """

    def fields(mark: str) -> int:
        return sum(name.strip().strip('"') in Patient.model_fields for name in header.split(mark))

    return max((usual, *_DELIMITERS), key=fields)


def with_point(cell: str) -> str:
    """A number with a decimal comma as one with a point; three digits after it may be thousands, and stay."""
    found = _DECIMAL_COMMA.fullmatch(cell.strip())
    return cell if found is None else f"{found[1]}.{found[2]}"
