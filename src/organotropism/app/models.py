"""The models that can be chosen: those shipped with the package, and a file that a user brings."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from functools import cache
from math import isfinite
from threading import Lock
from typing import Final

from organotropism.errors import InputError, one_of
from organotropism.patient import Patient
from organotropism.process.model import DEFAULT_MODEL, Model, load_model, read_model, shipped_models

#: Most bytes of a model file that is brought; the shipped ones have some 200,000.
MOST_BYTES: Final = 2_000_000
#: Forecasts work on all sets of sites, so each further site doubles their cost.
_MOST_SITES: Final = 8
_MOST_KEPT: Final = 4
_EXAMPLE: Final = Patient(subtype="HR+/HER2-", age=60, grade=2, size_mm=20, positive_nodes=1, pr="positive")


@cache
def names() -> tuple[str, ...]:
    """Names of the shipped models, the default first."""
    return tuple(sorted(shipped_models(), key=lambda name: (name != DEFAULT_MODEL, name)))


@cache
def shipped(name: str) -> Model:
    """A shipped model by its name, read once.

    Raises
    ------
    InputError
        For any other name; a path is none.
    """
    if name not in names():
        raise InputError(
            "no such model",
            field="model",
            value=name,
            expected=one_of(names()),
            code="not_a_choice",
            safe=True,
        )
    return load_model(name)


class BroughtModels:
    """Model files that users brought, a few of the latest, by their content.

    A file is sent with every request that uses it; this only spares reading it again.
    """

    def __init__(self, most: int = _MOST_KEPT) -> None:
        self._most = most
        self._kept: OrderedDict[bytes, Model] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def read(self, content: bytes) -> Model:
        """The model of a file.

        Raises
        ------
        InputError
            For a file that is no model, was changed, or cannot be used for forecasts.
        """
        key = hashlib.sha256(content).digest()
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        model = _read(content)
        with self._lock:
            self._kept[key] = model
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return model


def _read(content: bytes) -> Model:
    if len(content) > MOST_BYTES:
        raise InputError(f"is larger than {MOST_BYTES // 1_000_000} MB", field="model_file")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError("is not a text file, so not a model file", field="model_file") from None
    model = read_model(text, "the model file")
    if len(model.layout.sites) > _MOST_SITES:
        problem = f"has more than {_MOST_SITES} sites"
        raise InputError(problem, field="model_file", expected=f"at most {_MOST_SITES}")
    try:
        risks = model.forecast(_EXAMPLE, (5.0, 10.0), intervals=False).to_frame()["risk"].to_list()
    except (ValueError, ArithmeticError, LookupError, TypeError) as error:
        problem = f"cannot be used for a forecast ({type(error).__name__})"
        raise InputError(problem, field="model_file") from None
    if not all(isfinite(risk) and 0 <= risk <= 1 for risk in risks):
        raise InputError("gives no finite risks", field="model_file")
    return model
