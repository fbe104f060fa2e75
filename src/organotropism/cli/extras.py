"""Packages that only some commands need: said before any work is done, with how to install them."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final

from organotropism.errors import InputError

#: Extra to the packages that it brings, by the names under which they are imported.
EXTRAS: Final[dict[str, tuple[str, ...]]] = {
    "report": ("altair", "vl_convert", "jinja2", "markupsafe"),
    "cohort": ("duckdb", "pyarrow", "fastexcel"),
    "compare": ("comprisk",),
    "markers": ("anndata",),
    "app": ("fastapi", "starlette", "uvicorn", "multipart"),
}


def require(extra: str, *packages: str) -> None:
    """Refuse to begin what needs an extra that is not installed.

    Parameters
    ----------
    packages : those that are needed; all of the extra where none are named

    Raises
    ------
    InputError
        For the first that is missing.
    """
    for package in packages or EXTRAS[extra]:
        if find_spec(package) is None:
            raise _missing(extra, package)


def missing_extra(error: BaseException) -> InputError | None:
    """What to tell a user whose installation lacks a package of an extra; None for any other error."""
    if not isinstance(error, ModuleNotFoundError):
        return None
    package = (error.name or "").partition(".")[0]
    extra = next((name for name, packages in EXTRAS.items() if package in packages), None)
    return None if extra is None else _missing(extra, package)


def _missing(extra: str, package: str) -> InputError:
    return InputError(
        f"needs {package}, which is not installed", expected=f'pip install "organotropism[{extra}]"'
    )
