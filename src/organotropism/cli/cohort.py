"""``organotropism cohort``: bring a cohort in, or draw one from a model."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Final

from organotropism.cli.parser import Parser
from organotropism.errors import InputError, did_you_mean, one_of

#: Each is a file of its own: cohort_import.py and so on.
COMMANDS: Final = {
    "import": "read a table or a study folder into a cohort, with an account of every row",
    "suggest": "write a first mapping of a table",
    "describe": "who is in a cohort, for how long, and what happened to them",
    "simulate": "draw a cohort from a model",
    "tabulate": "sufficient statistics for learning, local or fit to share",
}


def run(arguments: Sequence[str]) -> int:
    """Run the command; returns the exit code."""
    listed = "\n".join(f"  {name:10}{summary}" for name, summary in COMMANDS.items())
    parser = Parser(
        prog="organotropism cohort",
        usage="organotropism cohort COMMAND ...",
        description="Patients with follow-up: read, checked, or simulated.",
        epilog=f"commands:\n{listed}\n\n`organotropism cohort COMMAND --help` tells more.",
    )
    if not arguments or arguments[0].startswith("-"):
        parser.read(arguments)
        parser.print_help()
        return 0
    command, *rest = arguments
    if command not in COMMANDS:
        expected = f"{one_of(COMMANDS)}{did_you_mean(command, COMMANDS)}"
        raise InputError("is not a command of cohort", value=command, expected=expected)
    code: int = import_module(f"organotropism.cli.cohort_{command}").run(rest)
    return code
