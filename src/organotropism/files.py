"""Files and folders that appear whole or not at all, and scratch space that does not outlive its process.

What is unfinished lies in a folder whose name says which process of which machine writes it. It is removed
when the process ends, also by an error or a signal; after a kill the next process that writes there
removes it.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import socket
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from organotropism.errors import InputError

_MARK: Final = "organotropism"
_NAME: Final = re.compile(rf"\.{_MARK}-(?P<machine>[0-9a-z]*)-(?P<process>[0-9]+)-\w+")
#: What libraries that write files themselves say in their own exceptions.
_SYSTEM_ERROR: Final = re.compile(r"os error (\d+)|(No space left on device)|\[Errno (\d+)\]")


@contextmanager
def new_file(target: str | Path) -> Iterator[Path]:
    """Give the path of a new file, which replaces `target` when the block ends well.

    A link is followed: what it points to is replaced, the link stays. A device or a pipe, such as
    ``/dev/stdout`` or ``/dev/null``, receives the content.

    Raises
    ------
    InputError
        Where the file cannot be written.
    """
    name = str(target)
    with _writing(name):
        path = _followed(Path(target))
        if _is_stream(path):
            with scratch_folder() as folder:
                part = folder / path.name
                yield part
                with open(part, "rb") as source, open(path, "wb") as sink:
                    shutil.copyfileobj(source, sink)
            return
        if path.is_dir():
            raise InputError(
                "is not a file", file=name, expected="the name of a new file, or of one to replace"
            )
        with scratch_folder(path.parent) as folder:
            part = folder / path.name
            yield part
            os.replace(part, path)


@contextmanager
def new_folder(target: str | Path) -> Iterator[Path]:
    """Give the path of a new folder beside `target`, which becomes it when the block ends well.

    A folder that is already there is replaced; callers refuse those that they must not replace.

    Raises
    ------
    InputError
        Where the folder cannot be written.
    """
    with _writing(str(target)):
        path = _followed(Path(target))
        with scratch_folder(path.parent) as beside:
            fresh = beside / path.name
            fresh.mkdir()
            yield fresh
            if path.exists():
                os.replace(path, beside / "before")
            os.replace(fresh, path)


@contextmanager
def scratch_folder(parent: Path | None = None) -> Iterator[Path]:
    """A folder that only this user can read, removed when the block ends.

    Parameters
    ----------
    parent : where to make it; None: the system's folder for temporary files

    Raises
    ------
    OSError
        Where it cannot be made.
    """
    parent = Path(tempfile.gettempdir()) if parent is None else parent
    _remove_abandoned(parent)
    prefix = f".{_MARK}-{_machine()}-{os.getpid()}-"
    with tempfile.TemporaryDirectory(dir=parent, prefix=prefix, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def unwritable(error: BaseException, name: str) -> InputError | None:
    """What to tell a user whose output cannot be written; None where that is not the cause of the error."""
    reason = _system_reason(error)
    return None if reason is None else InputError(f"cannot be written ({reason})", file=name)


def system_problem(error: BaseException) -> InputError | None:
    """What to tell a user whose machine refused something: a full disk, no temporary folder; else None."""
    reason = _system_reason(error)
    if reason is None:
        return None
    name = getattr(error, "filename", None)
    return InputError(f"the system refuses: {reason}", file=name if isinstance(name, str) else None)


def _system_reason(error: BaseException) -> str | None:
    if isinstance(error, OSError) and error.errno is not None:
        return error.strerror
    # Libraries that write by themselves wrap the system's error in one of their own.
    found = _SYSTEM_ERROR.search(str(error))
    if found is not None:
        return os.strerror(errno.ENOSPC if found[2] else int(found[1] or found[3]))
    return str(error) if isinstance(error, OSError) else None


@contextmanager
def _writing(name: str) -> Iterator[None]:
    try:
        yield
    except (InputError, BrokenPipeError):
        raise
    except Exception as error:
        problem = unwritable(error, name)
        if problem is None:
            raise
        raise problem from error


def _followed(path: Path) -> Path:
    """The path behind links, but not behind those of devices, which lead to names that nobody can open."""
    if path.parts[:2] in (("/", "dev"), ("/", "proc")):
        return path
    try:
        return path.resolve()
    except RuntimeError as error:
        # A circle of links, which Python before 3.13 reports in its own way.
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP)) from error


def _is_stream(path: Path) -> bool:
    """Whether a path takes content as it comes and cannot be replaced: a device, a pipe."""
    if path.parts[:2] in (("/", "dev"), ("/", "proc")):
        return path.exists()
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _machine() -> str:
    """Name of this machine in small letters and digits: folders may be shared between machines."""
    return re.sub(r"[^0-9a-z]", "", socket.gethostname().lower())[:40]


def _remove_abandoned(parent: Path) -> None:
    """Remove what processes of this machine left here that no longer run."""
    with suppress(OSError), os.scandir(parent) as entries:
        for entry in entries:
            found = _NAME.fullmatch(entry.name)
            if found and found["machine"] == _machine() and not _runs(int(found["process"])):
                shutil.rmtree(entry.path, ignore_errors=True)


def _runs(process: int) -> bool:
    if os.name == "nt":
        return True  # to ask is to end a process there: what was left stays
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
