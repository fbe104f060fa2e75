"""What the record of a patient is built on: a frozen record with errors for users, and the involved site."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from organotropism import clinical_terms as terms
from organotropism.patient_problems import input_error
from organotropism.patient_values import read_number
from organotropism.vocabulary import Site

HORIZON_LIMIT: Final = 20.0
"""Years since diagnosis that the record and the model reach."""

YEARS: Final[dict[str, Any]] = {"unit": "years"}
"""Unit of a field, for its schema and for messages."""


class Record(BaseModel):
    """A frozen record that refuses unknown fields and speaks in `InputError`."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    def __init__(self, /, **fields: Any) -> None:
        try:
            super().__init__(**fields)
        except ValidationError as error:
            # Pydantic's own message repeats values and addresses of its documentation.
            raise input_error(error, type(self)) from None


class Involvement(Record):
    """A distant site and when it was found.

    Attributes
    ----------
    site
        The organ; finer names such as pleura or skin are read as ``other``.
    years
        Years since diagnosis, 0 (at diagnosis) to less than 20.
    """

    model_config = ConfigDict(json_schema_extra={"description": "A distant site and when it was found."})

    site: Annotated[Site, BeforeValidator(terms.SITE)]
    years: Annotated[float, BeforeValidator(read_number)] = Field(
        ge=0, lt=HORIZON_LIMIT, json_schema_extra=YEARS
    )
