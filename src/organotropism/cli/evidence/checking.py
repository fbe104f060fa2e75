"""``organotropism evidence check``: the rules of the tables."""

from __future__ import annotations

from collections.abc import Sequence

from organotropism.cli.parser import Parser


def run(arguments: Sequence[str]) -> int:
    """Run the action; returns 1 where a rule is broken."""
    Parser(
        prog="organotropism evidence check",
        description="Test every evidence table against its rules; prints each that is broken.",
    ).read(arguments)
    from organotropism import evidence

    problems = evidence.check()
    for problem in problems:
        print(problem)
    if not problems:
        print("the evidence keeps all rules")
    return 1 if problems else 0
