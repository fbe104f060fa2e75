"""Made-up findings of studies, for the tests of what compares them."""

from dataclasses import replace
from math import log
from typing import Any

from organotropism.evidence import Finding, Residual

_FINDING = Finding(
    id="a-1",
    records=("a-1",),
    study="a2001",
    group="a2001",
    factor="subtype",
    name="subtype",
    level="TNBC",
    comparator="HR+/HER2-",
    printed="TNBC against HR+/HER2-",
    was_turned=False,
    site="brain",
    endpoint="ever",
    denominator="all_patients",
    population="",
    adjusted="yes",
    measure="OR",
    log_ratio=None,
    se=None,
    direction="increases",
    grade="A",
    usable="model",
    independent="yes",
    species="human",
    compartment="clinicopathological",
    year=2005.0,
)


def finding(
    identity: str, direction: str = "increases", ratio: float | None = None, **changes: Any
) -> Finding:
    """A finding of a study of its own; the ratio has a standard error of 0.1 unless given."""
    numbers = {} if ratio is None else {"log_ratio": log(ratio), "se": 0.1}
    own = {"id": identity, "records": (identity,), "study": identity, "group": identity}
    return replace(_FINDING, **(own | numbers | {"direction": direction} | changes))


def fitted(identity: str, ratio: float, residual: float = 0.0) -> Residual:
    """What the model expects of a finding."""
    return Residual(
        identity, identity, "incidence", "brain", "logit", 0.0, 0.1, log(ratio), residual, 1.0, "used", ""
    )
