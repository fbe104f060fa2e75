"""Errors that tell a user what was wrong with the input, where, and what was expected."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Self

_LONGEST_QUOTE = 60
_MOST_PROBLEMS = 10
_HUGE = 10**_LONGEST_QUOTE
#: Control characters other than tab and line feed, marks that turn the direction of writing, and surrogates.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class InputError(ValueError):
    """A value, a record or a file that cannot be used as it is.

    The message reads ``file, row N, field: "value" problem; expected ...``, with the parts that are known.

    Parameters
    ----------
    problem
        What is wrong. With `value` it continues the sentence that the value begins: ``is not a number``.
    field
        Name of the field or column, if one is at fault.
    value
        The value as it was given; quoted, shortened and made printable in the message. None: not shown.
    expected
        What would have been right, as a phrase: ``positive, negative or unknown``.
    file
        Name of the file, as the user gave it.
    row
        Line of the file or number of the record; in a CSV file the header is line 1.
    hint
        What may have been meant, as from `did_you_mean`; it stands at the end of the message.
    code
        What kind of problem it is, in a word that programs may rely on while the message is reworded.
    safe
        Whether `problem` and `expected` hold nothing of what was given, so that they may be shown to others
        than who gave it. Without it only the code is passed on.
    against
        Other fields that are at fault together with `field`.
    """

    def __init__(
        self,
        problem: str,
        *,
        field: str | None = None,
        value: object = None,
        expected: str | None = None,
        file: str | None = None,
        row: int | None = None,
        hint: str = "",
        code: str = "invalid",
        safe: bool = False,
        against: Sequence[str] = (),
    ) -> None:
        super().__init__(problem)
        self.problem = problem
        self.field = field
        self.value = value
        self.expected = expected
        self.file = file
        self.row = row
        self.hint = hint
        self.code = code
        self.safe = safe
        self.against = tuple(against)
        self.others: tuple[InputError, ...] = ()

    def __str__(self) -> str:
        """Message: one line for each problem."""
        shown = (self, *self.others)[:_MOST_PROBLEMS]
        lines = [error._line() for error in shown]
        hidden = 1 + len(self.others) - len(shown)
        if hidden:
            lines.append(f"and {hidden} more")
        return "\n".join(lines)

    def _line(self) -> str:
        row = None if self.row is None else f"row {self.row}"
        place = ", ".join(part for part in (self.file, row, self.field) if part)
        text = self.problem if self.value is None else f"{quote(self.value)} {self.problem}"
        if self.expected:
            text = f"{text}; expected {self.expected}"
        text += self.hint
        # Problem and expectation may name columns of a file: "did you mean ...".
        return visible(f"{printable(place)}: {text}" if place else text)

    def at(self, *, field: str | None = None, file: str | None = None, row: int | None = None) -> Self:
        """Say where the problem was, where that is not known yet; returns the same error."""
        errors: tuple[InputError, ...] = (self, *self.others)
        for error in errors:
            error.field = error.field or field
            error.file = error.file or file
            error.row = row if error.row is None else error.row
        return self


class IneligibleError(InputError):
    """A patient of whom the model does not speak, for instance with an in situ cancer or below 18 years."""


def gather(problems: Sequence[InputError]) -> InputError:
    """Join several problems into the one error to raise.

    Parameters
    ----------
    problems
        At least one. An `IneligibleError` among them leads and gives the result its type.
    """
    first = next((problem for problem in problems if isinstance(problem, IneligibleError)), problems[0])
    rest = (other for problem in problems for other in (problem, *problem.others))
    first.others = tuple(other for other in rest if other is not first)
    return first


def printable(text: str) -> str:
    """Text with control characters, line breaks and lone surrogates escaped, safe for any terminal."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text
    )


def visible(text: str) -> str:
    """Text, of several lines, with control characters and marks that turn the direction of writing escaped.

    Line breaks and tabs stay.
    """
    return _UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def quote(value: object) -> str:
    """Show a value in a message: text in quotes and shortened, numbers bare, the rest by its kind."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        short = value if len(value) <= _LONGEST_QUOTE else value[: _LONGEST_QUOTE - 3] + "..."
        return f'"{printable(short)}"'
    if isinstance(value, int):
        # Python refuses to write out an integer of thousands of digits.
        return str(value) if abs(value) < _HUGE else "a huge number"
    if isinstance(value, float):
        return f"{value:.12g}"
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list | tuple | set | frozenset):
        return "a list"
    return f"a value of type {type(value).__name__}"


def one_of(words: Iterable[str]) -> str:
    """Join words as ``a, b or c``."""
    listed = list(words)
    if len(listed) < 2:
        return "".join(listed)
    return f"{', '.join(listed[:-1])} or {listed[-1]}"


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """Suggest the nearest choice, as a phrase with a leading space, or nothing.

    Near is close in spelling (difflib, at least 0.6) or, failing that, one containing the other.
    """
    # A long word is near to nothing, and difflib is slow on it.
    if len(word) > _LONGEST_QUOTE:
        return ""
    known = {choice.casefold(): choice for choice in choices}
    key = word.strip().casefold()
    near = get_close_matches(key, known, n=1) or [
        choice for choice in known if len(key) > 2 and (key in choice or choice in key)
    ]
    return f' (did you mean "{known[near[0]]}"?)' if near else ""


def place_inside(error: BaseException) -> str:
    """Where inside the package an error arose, as `` in file.py:12``, or nothing; never a value."""
    package = Path(__file__).resolve().parent
    frames = traceback.extract_tb(error.__traceback__)
    inside = [frame for frame in frames if Path(frame.filename).is_relative_to(package)]
    if not inside:
        return ""
    return f" in {Path(inside[-1].filename).relative_to(package).as_posix()}:{inside[-1].lineno}"
