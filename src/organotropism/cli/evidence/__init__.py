"""``organotropism evidence``: the published evidence, listed, shown, compared, pooled and checked."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from organotropism.cli.parser import Parser
from organotropism.errors import InputError, did_you_mean, one_of

#: What can be asked for, the file that answers, and a summary.
ACTIONS = {
    "list": ("listing", "records that match filters, one line each"),
    "search": ("searching", "free text over markers, studies, claims and records"),
    "show": ("showing", "one record, marker, study or claim with everything known of it"),
    "review": ("review", "claims of the starting review, with verdict and what the source says"),
    "conflicts": ("conflicts", "where the literature disagrees, and what keeps the sides apart"),
    "forest": ("forest", "studies on one contrast, pooled, beside the model's own value"),
    "map": ("map", "how much evidence there is on each factor and site, and which way it points"),
    "export": ("exporting", "records as CSV or JSON, citations as BibTeX or RIS"),
    "residuals": ("residuals", "published and fitted value of every row, and their difference"),
    "published": ("published", "published risks and shares beside the forecast for the same women"),
    "check": ("checking", "test every evidence table against its rules"),
}


def run(arguments: Sequence[str]) -> int:
    """Run the command; returns the exit code, 1 where a check failed."""
    first = next((word for word in arguments if not word.startswith("-")), None)
    before = arguments[: list(arguments).index(first)] if first is not None else arguments
    listed = "\n".join(f"  {name:11}{summary}" for name, (_, summary) in ACTIONS.items())
    parser = Parser(
        prog="organotropism evidence",
        usage="organotropism evidence ACTION [options]",
        description=__doc__,
        epilog=f"actions:\n{listed}\n\n`organotropism evidence ACTION --help` tells more, with examples.",
    )
    parser.read(before)
    if first is None:
        parser.print_help()
        return 0
    if first not in ACTIONS:
        hint = did_you_mean(first, ACTIONS)
        raise InputError("is not an action", value=first, expected=f"{one_of(ACTIONS)}{hint}")
    action = import_module(f"organotropism.cli.evidence.{ACTIONS[first][0]}")
    code: int = action.run(list(arguments)[len(before) + 1 :])
    return code
