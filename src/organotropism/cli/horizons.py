"""Numbers on the command line."""

from __future__ import annotations

from organotropism.errors import InputError
from organotropism.patient_values import read_number, read_whole_number


def read_horizons(text: str | None) -> tuple[float, ...] | None:
    """Years from now, from ``5,10``; None where the option was not given.

    Raises
    ------
    InputError
        For anything but numbers parted by commas; whether they ascend, the model says.
    """
    if text is None:
        return None
    try:
        numbers = [read_number(part) for part in text.split(",")]
    except InputError as error:
        raise _not_years(text) from error
    if None in numbers:
        raise _not_years(text)
    return tuple(number for number in numbers if number is not None)


def read_year(text: str | None) -> int | None:
    """A year of diagnosis, from its text; None where the option was not given."""
    if text is None:
        return None
    try:
        year = read_whole_number(text)
    except InputError:
        year = None
    if year is None:
        raise InputError("is not a year", field="--year", value=text, expected="a year such as 2015")
    return year


def _not_years(text: str) -> InputError:
    expected = "years from now parted by commas, such as 5,10"
    return InputError("are not years", field="--horizons", value=text, expected=expected)
