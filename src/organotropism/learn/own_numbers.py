"""A few numbers of one's own population, as a table: who, what, by when, how many of how many."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Final

from organotropism.errors import InputError, did_you_mean, gather, one_of
from organotropism.learn.measurement import logit, share_measurement
from organotropism.patient import Patient
from organotropism.patient_values import read_number, read_whole_number
from organotropism.process.rate import LAST_YEAR
from organotropism.vocabulary import SITES

OTHER_DEATH: Final = "other_death"
QUANTITIES: Final = ("any", "first", "only", "ever", OTHER_DEATH)
#: Columns beside those of the stratum, which are fields of a patient.
COLUMNS: Final = {
    "quantity": f"{one_of(QUANTITIES)}; other_death is death without distant disease",
    "site": f"{one_of(SITES)}; blank for any and other_death",
    "years": "years since diagnosis",
    "patients": "patients of the stratum",
    "events": "of these with the event by then",
    "percent": "cumulative incidence, 0 to 100, where follow-up was not complete",
    "low": "lower end of its 95 % interval, in percent",
    "high": "upper end of its 95 % interval, in percent",
}
MOST_BYTES: Final = 100_000
MOST_ROWS: Final = 100
#: Fields of a patient that say when or what happened to her, or who she is: they make no stratum.
_NO_STRATUM: Final = {"id", "free_for", "involved", "as_of", "m"}


@dataclass(frozen=True)
class OwnNumber:
    """One number: the risk of `quantity` by `years` in the women of a stratum.

    Attributes
    ----------
    patient : the stratum; what is not stated varies as in the reference population
    quantity, site : as in `COLUMNS`
    risk : probability
    se : standard error of its logit
    """

    patient: Patient
    quantity: str
    site: str
    years: float
    risk: float
    se: float

    @property
    def women(self) -> tuple[object, ...]:
        """Numbers with the same are of the same women and event."""
        return (self.quantity, self.site, *map(str, self.patient.__dict__.values()))


def read_numbers(path: str | Path) -> tuple[OwnNumber, ...]:
    """Read the table (CSV with a header).

    Raises
    ------
    InputError
        For every row and column that cannot be used.
    """
    file = str(path)
    try:
        with open(path, "rb") as stream:
            content = stream.read(MOST_BYTES + 1)
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", file=file) from None
    except UnicodeDecodeError:
        raise InputError("is not UTF-8 text", file=file) from None
    if len(content) > MOST_BYTES:
        raise InputError("is too large", file=file, expected=f"at most {MOST_BYTES // 1000} kB")
    found, problems = [], []
    for line, row in _rows(text, file):
        try:
            found.append(_number(row))
        except InputError as error:
            problems += [each.at(file=file, row=line) for each in (error, *error.others)]
    if problems:
        raise gather(problems)
    if not found:
        raise InputError("has no rows", file=file, expected="at least one number")
    return tuple(found)


def _rows(text: str, file: str) -> list[tuple[int, dict[str, str]]]:
    """Line and filled cells of every row."""
    reader = csv.reader(StringIO(text), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        fields = {*COLUMNS, *Patient.model_fields} - _NO_STRATUM
        for name in header:
            if name not in fields:
                hint = did_you_mean(name, fields)
                raise InputError(f"is not a column{hint}", value=name, file=file, row=1)
        if len(set(header)) < len(header) or "quantity" not in header or "years" not in header:
            raise InputError("needs quantity and years, and each column once", file=file, row=1)
        rows: list[tuple[int, dict[str, str]]] = []
        for cells in reader:
            if not any(cells):
                continue
            if len(cells) != len(header) or len(rows) == MOST_ROWS:
                expected = f"{len(header)} cells, as in the header, and at most {MOST_ROWS} rows"
                raise InputError("does not fit", file=file, row=reader.line_num, expected=expected)
            filled = {name: cell.strip() for name, cell in zip(header, cells, strict=True) if cell.strip()}
            rows.append((reader.line_num, filled))
    except csv.Error as error:
        raise InputError(f"cannot be read as CSV ({error})", file=file, row=reader.line_num) from None
    return rows


def _number(row: Mapping[str, str]) -> OwnNumber:
    quantity, site = row.get("quantity", ""), row.get("site", "")
    if quantity not in QUANTITIES:
        raise InputError("is not a quantity", field="quantity", value=quantity, expected=one_of(QUANTITIES))
    of_site = quantity in ("first", "only", "ever")
    if of_site != (site in tuple(map(str, SITES))) or (site and not of_site):
        expected = one_of(SITES) if of_site else f"nothing, for {quantity}"
        raise InputError("does not fit the quantity", field="site", value=site, expected=expected)
    years = _value(row, "years")
    if years is None or not 0 < years <= LAST_YEAR:
        raise InputError(
            "is not a horizon",
            field="years",
            value=row.get("years", ""),
            expected=f"above 0 to {LAST_YEAR:g}",
        )
    return OwnNumber(_stratum(row), quantity, site, years, *_risk(row))


def _stratum(row: Mapping[str, str]) -> Patient:
    """The stratum as a patient of whom the rest is unknown; without receptors, women of all subtypes."""
    fields = {name: text for name, text in row.items() if name not in COLUMNS}
    if any(name in fields for name in ("er", "pr", "her2", "subtype")):
        return Patient.parse(fields)
    return Patient.parse({**fields, "subtype": "TNBC"}).model_copy(update={"subtype": None})


def _risk(row: Mapping[str, str]) -> tuple[float, float]:
    """Risk and the standard error of its logit."""
    patients, events = _whole(row, "patients"), _whole(row, "events")
    percent, low, high = (_value(row, name) for name in ("percent", "low", "high"))
    counted = patients is not None and events is not None
    printed = percent is not None and low is not None and high is not None
    if counted == printed:
        raise InputError(
            "needs patients and events, or percent, low and high",
            field="events",
            expected="one of the two, whole",
        )
    if patients is not None and events is not None:
        if not 0 <= events <= patients or patients == 0:
            raise InputError(
                "is not a count among the patients", field="events", value=events, expected=f"0 to {patients}"
            )
        return (events + 0.5) / (patients + 1.0), share_measurement(events, patients)[1]
    assert percent is not None and low is not None and high is not None
    if not 0 < low < percent < high < 100:
        raise InputError(
            "is not inside its interval",
            field="percent",
            value=percent,
            expected="0 < low < percent < high < 100",
        )
    return percent / 100, (logit(high / 100) - logit(low / 100)) / 3.92


def _value(row: Mapping[str, str], name: str) -> float | None:
    try:
        return read_number(row.get(name, ""))
    except InputError as error:
        raise error.at(field=name) from None


def _whole(row: Mapping[str, str], name: str) -> int | None:
    try:
        return read_whole_number(row.get(name, ""))
    except InputError as error:
        raise error.at(field=name) from None
