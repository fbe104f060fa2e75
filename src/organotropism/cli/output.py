"""Writing results: whole or not at all."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import IO

from organotropism.errors import InputError


@contextmanager
def new_file(target: Path) -> Iterator[Path]:
    """Give the path of a new file beside `target`, which replaces it when the block ends well.

    Raises
    ------
    InputError
        Where the file cannot be written.
    """
    target = target.resolve()
    if target.exists() and not target.is_file():
        raise InputError(
            "is not a file", file=str(target), expected="the name of a new file, or of one to replace"
        )
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as folder:
            part = Path(folder) / target.name
            yield part
            os.replace(part, target)
    except OSError as error:
        raise unwritable(error, str(target)) from error


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Give the path of a new folder beside `target`, which becomes it when the block ends well.

    Raises
    ------
    InputError
        Where there is such a folder with something in it, or it cannot be written.
    """
    target = target.resolve()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise InputError("exists", file=str(target), expected="the name of a new folder, or an empty one")
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as beside:
            folder = Path(beside) / target.name
            folder.mkdir()
            yield folder
            if target.exists():
                target.rmdir()
            os.replace(folder, target)
    except OSError as error:
        raise unwritable(error, str(target)) from error


def unwritable(error: OSError, name: str) -> InputError:
    """What to tell a user whose output cannot be written."""
    return InputError(f"cannot be written ({error.strerror})", file=name)


def write_text(text: str, target: Path | None) -> None:
    """Write text to a file, or to standard output where there is none."""
    if target is not None:
        with new_file(target) as part:
            part.write_text(text, encoding="utf-8")
        return
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise unwritable(error, "standard output") from error


def write_bytes(content: bytes, target: Path | None) -> None:
    """Write bytes to a file, or to standard output.

    Raises
    ------
    InputError
        Where they would go to a terminal.
    """
    if target is not None:
        with new_file(target) as part:
            part.write_bytes(content)
        return
    if sys.stdout.isatty():
        raise InputError("cannot be shown on a terminal", field="output", expected="--out FILE")
    _to_standard_output(BytesIO(content))


def copy_out(file: Path) -> None:
    """Copy a finished file to standard output."""
    with open(file, "rb") as source:
        _to_standard_output(source)


def _to_standard_output(source: IO[bytes]) -> None:
    try:
        shutil.copyfileobj(source, sys.stdout.buffer)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise unwritable(error, "standard output") from error
