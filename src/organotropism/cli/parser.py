"""Reading of command lines, with errors in the same form as those on files."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn

from organotropism.cli.output import write_text
from organotropism.errors import InputError, did_you_mean, quote


class Parser(argparse.ArgumentParser):
    """argparse without abbreviations, whose errors are `InputError`.

    argparse rather than a library: it starts in a tenth of the time, and flags can be generated.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(
            allow_abbrev=False,
            add_help=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            **settings,
        )
        self.add_argument("-h", "--help", action="help", help="print this and exit")

    def error(self, message: str) -> NoReturn:
        """Raise what argparse complains about."""
        raise InputError(f"{message} (see {self.prog} --help)")

    def print_help(self, file: Any = None) -> None:
        """Print the help to standard output, which may be full."""
        write_text(self.format_help(), None)

    def read(self, arguments: Sequence[str]) -> argparse.Namespace:
        """Parse the arguments.

        Raises
        ------
        InputError
            For anything that is no argument of the command, with the nearest option.
        """
        found, extra = self.parse_known_args(arguments)
        if extra:
            options = [name for action in self._actions for name in action.option_strings]
            word = next((word for word in extra if word.startswith("-")), None)
            if word is None:
                raise InputError(f"{quote(extra[0])} is one argument too many (see {self.prog} --help)")
            name = word.partition("=")[0]
            raise InputError(
                f"is not an option{did_you_mean(name, options)}",
                value=name,
                expected=f"one of those of {self.prog} --help",
            )
        return found
