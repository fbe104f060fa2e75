"""Packages that only some of the output needs."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from organotropism.errors import InputError


def needs(extra: str, module: str) -> Any:
    """Import a module of an extra.

    Raises
    ------
    InputError
        Where it is not installed, with the command that installs it.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise InputError(
            f"needs {module.partition('.')[0]}, which is not installed",
            expected=f'pip install "organotropism[{extra}]"',
        ) from error
