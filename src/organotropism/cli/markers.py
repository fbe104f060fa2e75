"""``organotropism markers``: list and show the definitions; score and effect are files of their own."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence

from organotropism.cli.marker_cards import evidence_text
from organotropism.cli.marker_evidence import definitions
from organotropism.cli.output import write_text
from organotropism.cli.parser import Parser
from organotropism.csv_files import records_csv
from organotropism.errors import InputError, did_you_mean, one_of
from organotropism.markers.definitions import Definition
from organotropism.markers.effects import why_no_effect
from organotropism.vocabulary import Compartment, Grade

_USES = ("list", "show", "score", "effect")
_FORMATS = ("text", "csv", "json")
_USAGE = """\
organotropism markers list [--compartment NAME] [--site NAME] [--grade A] [--format WORD]
       organotropism markers show MARKER [--format WORD]
       organotropism markers score EXPRESSION --out DIR [options]
       organotropism markers effect COHORT --markers FILE [options]"""
_EPILOG = """\
examples:
  organotropism markers list --compartment exosome
  organotropism markers show MAF_16Q23_GAIN
  organotropism markers score expression.csv --samples samples.csv --out scored
  organotropism markers effect cohort.parquet --markers measured.csv --out effects.json

`organotropism markers score --help` lists the options of score, `... effect --help` those of effect."""


def run(arguments: Sequence[str]) -> int:
    """Run the command; returns the exit code."""
    if not arguments:
        _parser().print_help()
        return 0
    use, *rest = arguments
    if use == "score":
        from organotropism.cli.marker_score import run as score

        return score(rest)
    if use == "effect":
        from organotropism.cli.marker_effect import run as effect

        return effect(rest)
    if use in ("-h", "--help"):
        _parser().read(["--help"])
    if use not in _USES:
        hint = did_you_mean(use, _USES)
        raise InputError("is no use of this command", value=use, expected=f"{one_of(_USES)}{hint}")
    return _list(rest) if use == "list" else _show(rest)


def _parser() -> Parser:
    return Parser(
        prog="organotropism markers",
        usage=_USAGE,
        description=(
            "Molecular markers of where breast cancer spreads: what was published, how good the evidence "
            "is, what a file of expression says, and what a cohort teaches."
        ),
        epilog=_EPILOG,
    )


def _list(arguments: Sequence[str]) -> int:
    parser = Parser(prog="organotropism markers list", description="List the markers.")
    parser.add_argument("--compartment", metavar="NAME", help=one_of(Compartment))
    parser.add_argument("--site", metavar="NAME", help="markers that point to this site, such as bone")
    parser.add_argument("--grade", metavar="LETTER", help="A to E")
    parser.add_argument("--format", metavar="WORD", default="text", help="text, csv or json; default text")
    given = parser.read(arguments)
    kind = _format(given.format)
    found = list(definitions())
    if given.compartment is not None:
        _known("compartment", given.compartment, list(Compartment))
        found = [d for d in found if d.compartment == given.compartment]
    if given.site is not None:
        _known("site", given.site, sorted({site for d in definitions() for site in d.sites}))
        found = [d for d in found if given.site in d.sites]
    if given.grade is not None:
        _known("grade", given.grade.upper(), list(Grade))
        found = [d for d in found if d.grade == given.grade.upper()]
    rows = [_row(definition) for definition in found]
    if kind == "text":
        from organotropism.present.marker_list import marker_table

        write_text(marker_table(rows, width=_width(), colour=sys.stdout.isatty()), None, coloured=True)
    else:
        write_text(_exported(rows, kind), None)
    return 0


def _show(arguments: Sequence[str]) -> int:
    parser = Parser(prog="organotropism markers show", description="Tell all that is recorded of one marker.")
    parser.add_argument("marker", metavar="MARKER", help="id, as `organotropism markers list` prints it")
    parser.add_argument("--format", metavar="WORD", default="text", help="text, csv or json; default text")
    given = parser.read(arguments)
    kind = _format(given.format)
    by_id = {definition.id: definition for definition in definitions()}
    name = given.marker.upper()
    if name not in by_id:
        hint = did_you_mean(name, by_id)
        raise InputError(
            f"is not a marker{hint}", value=given.marker, expected="an id of `organotropism markers list`"
        )
    row = _all(by_id[name])
    if kind == "text":
        from organotropism.present.marker_list import marker_text

        write_text(marker_text(row, width=_width(), colour=sys.stdout.isatty()), None, coloured=True)
    else:
        write_text(_exported([row], kind), None)
    return 0


def _row(definition: Definition) -> dict[str, str]:
    return {
        "marker": definition.id,
        "compartment": str(definition.compartment),
        "sites": _sites(definition),
        "grade": str(definition.grade),
        "rule": str(definition.kind),
        "executable": definition.executable,
        "moves the forecast": why_no_effect(definition) or "yes",
    }


def _all(definition: Definition) -> dict[str, str]:
    regions = ", ".join(f"{name} {'gain' if sign == 1 else 'loss'}" for name, sign in definition.regions)
    return {
        **_row(definition),
        "analyte": definition.analyte,
        "rule as recorded": definition.rule,
        "cut-off": definition.cutoff or "none published",
        "published": definition.lacking,
        "direction": definition.direction,
        "acts on": definition.acts_on,
        "model system": definition.model_system,
        "evidence": evidence_text(definition),
        "level": definition.evidence_level,
        "genes up": ", ".join(definition.up),
        "genes down": ", ".join(definition.down),
        "genes without sign": ", ".join(definition.unsigned),
        "regions": regions,
        "studies": ", ".join(definition.studies),
        "notes": definition.notes,
    }


def _sites(definition: Definition) -> str:
    away = f"; away from {', '.join(definition.away)}" if definition.away else ""
    return ", ".join(definition.sites) + away


def _known(option: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        hint = did_you_mean(value, known)
        raise InputError("is not known", field=f"--{option}", value=value, expected=f"{one_of(known)}{hint}")


def _format(word: str) -> str:
    if word not in _FORMATS:
        raise InputError("is not a format", field="--format", value=word, expected=one_of(_FORMATS))
    return word


def _exported(rows: Sequence[dict[str, str]], kind: str) -> str:
    if kind == "json":
        return json.dumps(rows, indent=2, ensure_ascii=False) + "\n"
    return records_csv(rows, list(rows[0]) if rows else [])


def _width() -> int:
    return shutil.get_terminal_size().columns
