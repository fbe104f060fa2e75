"""Reading of Parquet that may be damaged: one error, whatever the library does."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from organotropism.errors import InputError


@contextmanager
def refusing_damage(problem: str, expected: str | None = None) -> Iterator[None]:
    """Turn what polars does with a damaged file into an `InputError`.

    A damaged file may make the library panic: it then writes pages to the standard error of the process,
    which may quote the file, and raises what is no `Exception`. Both end here.

    Parameters
    ----------
    problem : what is said of the file, such as ``is damaged``

    Raises
    ------
    InputError
        Where the library failed; errors of the system, such as a missing file, stay what they are.
    """
    import polars as pl

    try:
        with _silent():
            yield
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        # The library's own message may quote a cell.
        raise InputError(problem, expected=expected) from None


@contextmanager
def _silent() -> Iterator[None]:
    """Let nothing of what libraries write to standard error by themselves through."""
    try:
        kept = os.dup(2)
    except OSError:  # the process has no standard error
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
