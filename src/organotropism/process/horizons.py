"""Which horizons a forecast can have."""

from __future__ import annotations

from organotropism.errors import InputError
from organotropism.patient import Patient
from organotropism.process.rate import LAST_YEAR


def check_horizons(horizons: tuple[float, ...]) -> None:
    """Check that horizons are years from now, ascending.

    Raises
    ------
    InputError
        Where they are not.
    """
    if not horizons or list(horizons) != sorted(set(horizons)) or min(horizons) <= 0:
        raise InputError(
            "are not years from now",
            field="horizons",
            value=", ".join(f"{h:g}" for h in horizons),
            expected="different positive numbers in ascending order, such as 5,10",
            code="horizons",
            safe=True,
        )


def check_reach(horizons: tuple[float, ...], patient: Patient) -> None:
    """Check that all horizons of a patient end where there is evidence.

    Raises
    ------
    InputError
        Where one does not.
    """
    reach = LAST_YEAR - patient.now
    if horizons and max(horizons) > reach + 1e-9:
        raise InputError(
            f"end more than {LAST_YEAR:g} years after diagnosis, where the evidence ends",
            field="horizons",
            value=", ".join(f"{h:g}" for h in horizons),
            expected=f"at most {reach:g} years from now",
            code="past_evidence",
        )
