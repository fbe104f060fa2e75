"""Start a command, and end every failure in one line and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module

from organotropism.cli.parser import Parser
from organotropism.errors import InputError, did_you_mean, one_of, place_inside

#: Exit codes: a shell counts 128 + the number of the signal.
OK, FAILED, BAD_INPUT, INTERRUPTED, PIPE_CLOSED = 0, 1, 2, 130, 141
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


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code.

    0 done, 1 failed, 2 input that cannot be used (nothing was written).
    """
    # Many small matrices: threads cost more than they give (the fit takes four times as long with them).
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character gets a question mark, not a traceback.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        code = _command(list(sys.argv[1:] if arguments is None else arguments))
        sys.stdout.flush()
    except InputError as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    except BrokenPipeError:
        # The reader has seen enough; nothing may be flushed to it on the way out.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        if os.environ.get(DEBUG) == "1":
            raise
        print(internal_error(error), file=sys.stderr)
        return FAILED
    return code


def internal_error(error: Exception) -> str:
    """One line on a defect of the program: where, but no value, which might be a patient's."""
    return f"organotropism: internal error ({type(error).__name__}{place_inside(error)}); please report it"


def _command(arguments: list[str]) -> int:
    listed = "\n".join(f"  {name:14}{summary}" for name, summary in COMMANDS.items())
    parser = Parser(
        prog="organotropism",
        usage="organotropism [--help] [--version] COMMAND ...",
        description="Where will this breast cancer spread, when, and how sure are we?",
        epilog=f"commands:\n{listed}\n\n`organotropism COMMAND --help` tells more. For research only.",
    )
    parser.add_argument("--version", action="store_true", help="print the version and exit")
    first = next((word for word in arguments if not word.startswith("-")), None)
    before = arguments[: arguments.index(first)] if first is not None else arguments
    if parser.read(before).version:
        print(f"organotropism {package_version()}")
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
