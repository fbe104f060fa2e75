"""What a form brings: texts and files, read into a patient and into options, each error at its field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final

from fastapi import Depends, Request
from starlette.datastructures import FormData, UploadFile

from organotropism.app.fields import FIELDS, FOUND
from organotropism.errors import InputError
from organotropism.patient import Patient
from organotropism.patient_values import UNKNOWN_WORDS, read_number, read_whole_number
from organotropism.process.model import AVERAGE

#: Texts of a form, and the longest of them; a table of studies is longer.
_MOST_FIELDS: Final = 300
_LONGEST: Final = 1_000_000
HORIZONS: Final = (2.0, 5.0, 10.0, 15.0, 20.0)


@dataclass(frozen=True)
class Submission:
    """Texts by name, and content of the files that were chosen."""

    texts: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)

    def part(self, prefix: str) -> Submission:
        """The texts whose names begin with a prefix, without it."""
        start = len(prefix)
        return Submission(
            {name[start:]: text for name, text in self.texts.items() if name.startswith(prefix)}
        )

    @property
    def blank(self) -> bool:
        """Whether nothing is said of a patient."""
        return not any(self.known(name) for name in FIELDS)

    def known(self, name: str) -> bool:
        """Whether a field holds anything but unknown."""
        return self.texts.get(name, "").strip().casefold() not in UNKNOWN_WORDS

    def patient(self) -> Patient:
        """The patient of the form.

        Raises
        ------
        InputError
            For what cannot be used, naming fields of the form.
        """
        given: dict[str, object] = {}
        found: list[dict[str, object]] = []
        for name in FIELDS:
            if not self.known(name):
                continue
            if not name.startswith(FOUND):
                given[name] = self.texts[name]
                continue
            try:
                found.append({"site": name.removeprefix(FOUND), "years": read_number(self.texts[name])})
            except InputError as error:
                raise error.at(field=name) from None
        if found:
            given["involved"] = found
        return Patient.parse(given)

    def flag(self, name: str) -> bool:
        """Whether a box is ticked."""
        return name in self.texts

    def horizon(self) -> float:
        """Years from now that figures and words speak of."""
        number = read_number(self.texts.get("horizon"))
        if number is None:
            return 10.0
        if not 0.5 <= number <= HORIZONS[-1]:
            raise InputError(
                "is out of range", field="horizon", value=number, expected=f"0.5 to {HORIZONS[-1]:g} years"
            )
        return number

    def year(self) -> int | None:
        """Year of diagnosis whose level of risk is used."""
        try:
            year = read_whole_number(self.texts.get("year"))
        except InputError as error:
            raise error.at(field="year") from None
        if year is not None and not 1900 <= year <= 2200:
            raise InputError("is out of range", field="year", value=year, expected="1900 to 2200")
        return year

    def baseline(self) -> str:
        """Study whose level of risk is used."""
        return self.texts.get("baseline") or AVERAGE


async def read_form(request: Request) -> Submission:
    """Read a form of either encoding; a name that stands twice keeps its last text."""
    form: FormData = await request.form(max_files=4, max_fields=_MOST_FIELDS, max_part_size=_LONGEST)
    texts: dict[str, str] = {}
    files: dict[str, bytes] = {}
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            content = await value.read()
            if content:
                files[name] = content
        else:
            texts[name] = value.replace("\0", "")
    return Submission(texts, files)


Form = Annotated[Submission, Depends(read_form)]
