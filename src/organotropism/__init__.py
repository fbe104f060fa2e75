"""Where breast cancer spreads, when, and how sure one can be: the public names."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from organotropism.errors import IneligibleError, InputError
    from organotropism.patient import Patient
    from organotropism.process.model import Model, load_model
    from organotropism.process.results import Forecast, ForecastTable

    __version__: str

__all__ = [
    "Forecast",
    "ForecastTable",
    "IneligibleError",
    "InputError",
    "Model",
    "Patient",
    "__version__",
    "load_model",
]

_HOMES = {
    "Forecast": "process.results",
    "ForecastTable": "process.results",
    "IneligibleError": "errors",
    "InputError": "errors",
    "Model": "process.model",
    "Patient": "patient",
    "load_model": "process.model",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used, so that the command line starts fast (PEP 562)."""
    if name == "__version__":
        from importlib.metadata import version

        value: object = version("organotropism")
    elif name in _HOMES:
        value = getattr(import_module(f"organotropism.{_HOMES[name]}"), name)
    else:
        raise AttributeError(f"module 'organotropism' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(__all__)
