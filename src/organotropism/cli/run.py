"""Start a command, and end every failure in one line and an exit code."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module

from organotropism.cli.extras import missing_extra
from organotropism.cli.output import discard_output, flush_output, write_text
from organotropism.cli.parser import Parser
from organotropism.csv_files import SWITCH
from organotropism.errors import InputError, did_you_mean, one_of, place_inside
from organotropism.files import system_problem

#: Exit codes: a shell counts 128 + the number of the signal.
OK, FAILED, BAD_INPUT, INTERRUPTED, PIPE_CLOSED, TERMINATED = 0, 1, 2, 130, 141, 143
DEBUG = "ORGANOTROPISM_DEBUG"
COMMANDS = {
    "predict": "forecast one patient, or a table of patients",
    "determinants": "which factors decide whether and when, how many and where",
    "explain": "why a forecast differs from that of the reference population",
    "nomogram": "points that add up to a risk, drawn and as a table",
    "learn": "learn a model: from the published evidence, or update one with a cohort",
    "evidence": "the published evidence: list, show, review, conflicts, forest, map, export, check",
    "cohort": "import patients with follow-up, suggest a mapping of a table, simulate",
    "validate": "how good a model is in a cohort: scores, calibration, comparison, report",
    "markers": "list, show and score molecular markers; PAM50; effects of a cohort's markers",
    "app": "open the web application: calculator, evidence explorer, JSON API",
}


class Terminated(KeyboardInterrupt):
    """The process was asked to end: it stops as for Ctrl-C, so that nothing unfinished is left behind."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code.

    0 done, 1 failed, 2 input that cannot be used (nothing was written).
    """
    # Many small matrices: threads cost more than they give (the fit takes four times as long with them).
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    _prepare_streams()
    try:
        with _terminations():
            code = _command(list(sys.argv[1:] if arguments is None else arguments))
            flush_output()
    except BrokenPipeError:
        # The reader has seen enough; nothing may be flushed to it on the way out.
        discard_output()
        return PIPE_CLOSED
    except Terminated:
        return TERMINATED
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        return _failed(error)
    return code


def _failed(error: Exception) -> int:
    """Tell of an error in one line each of its problems; returns the exit code."""
    if not isinstance(error, InputError) and os.environ.get(DEBUG) == "1":
        raise error
    problem = error if isinstance(error, InputError) else missing_extra(error) or system_problem(error)
    text, code = (internal_error(error), FAILED) if problem is None else (str(problem), BAD_INPUT)
    with suppress(OSError):
        print(text, file=sys.stderr, flush=True)
    with suppress(OSError, ValueError):
        sys.stdout.flush()
        return code
    discard_output()
    return code


def _prepare_streams() -> None:
    """Streams that can be written to, whatever the caller has closed."""
    # A closed stream is None here, and the next file that is opened would take its number.
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            descriptor = os.open(os.devnull, os.O_RDWR)
            if descriptor != number:
                os.dup2(descriptor, number)
            mode = "r" if number == 0 else "w"
            stream = open(number, mode, encoding="utf-8", closefd=False)  # noqa: SIM115 (it stays open)
            setattr(sys, name, stream)
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character gets a question mark, not a traceback.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


@contextmanager
def _terminations() -> Iterator[None]:
    """Stop for a request to end (a supervisor's, or a terminal that closes) as for Ctrl-C."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: object) -> None:
        raise Terminated

    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    # A signal that the caller has chosen to ignore (nohup) stays ignored.
    numbers = [n for n in (getattr(signal, name) for name in names) if signal.getsignal(n) == signal.SIG_DFL]
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def internal_error(error: Exception) -> str:
    """One line on a defect of the program: where, but no value, which might be a patient's."""
    return f"organotropism: internal error ({type(error).__name__}{place_inside(error)}); please report it"


def _command(arguments: list[str]) -> int:
    listed = "\n".join(f"  {name:14}{summary}" for name, summary in COMMANDS.items())
    parser = Parser(
        prog="organotropism",
        usage="organotropism [--help] [--version] [--raw-csv] COMMAND ...",
        description="Where will this breast cancer spread, when, and how sure are we?",
        epilog=f"commands:\n{listed}\n\n`organotropism COMMAND --help` tells more. For research only.",
    )
    parser.add_argument("--version", action="store_true", help="print the version and exit")
    parser.add_argument(
        "--raw-csv",
        action="store_true",
        help="CSV for programs: no apostrophe before text that a spreadsheet would run as a formula",
    )
    first = next((word for word in arguments if not word.startswith("-")), None)
    before = arguments[: arguments.index(first)] if first is not None else arguments
    given = parser.read(before)
    if given.raw_csv:
        os.environ[SWITCH] = "raw"
    if given.version:
        write_text(f"organotropism {package_version()}\n", None)
        return OK
    if first is None:
        parser.print_help()
        return OK
    if first not in COMMANDS:
        hint = did_you_mean(first, COMMANDS)
        raise InputError("is not a command", value=first, expected=f"{one_of(COMMANDS)}{hint}")
    command = import_module(f"organotropism.cli.{first}")
    code: int = command.run(arguments[len(before) + 1 :])
    return code


def package_version() -> str:
    """Version of the installed package."""
    from importlib.metadata import version

    return version("organotropism")
