"""``organotropism cohort simulate``: a cohort whose truth is known, drawn from a model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from organotropism.cli.output import write_text
from organotropism.cli.parser import Parser
from organotropism.errors import InputError
from organotropism.files import new_file

if TYPE_CHECKING:
    from argparse import Namespace

    from organotropism.cohort.schema import Cohort

_EPILOG: Final = """examples:
  organotropism cohort simulate --model literature --patients 2000 --out cohort.csv
  organotropism cohort simulate --patients 500 --stage-iv --format mcode --out bundles.ndjson
  organotropism cohort simulate --patients 30000 --missing 0.2 --lost 0.03 --stage-iv --out cohort.parquet
"""
MOST_PATIENTS: Final = 1_000_000


def run(arguments: Sequence[str]) -> int:
    """Run the command; returns the exit code."""
    parser = _parser()
    given = parser.read(arguments)
    if not 1 <= given.patients <= MOST_PATIENTS:
        expected = f"1 to {MOST_PATIENTS:,}"
        raise InputError("is out of range", field="--patients", value=given.patients, expected=expected)
    if not 0 <= given.seed < 2**63:
        raise InputError("is out of range", field="--seed", value=given.seed, expected="0 or more")
    from organotropism.cohort.simulate_cohort import Flaws, simulate_cohort
    from organotropism.process.model import load_model

    flaws = Flaws(
        follow_up=(given.follow_up[0], given.follow_up[1]),
        lost=given.lost,
        late_entry=given.late_entry,
        missing=given.missing,
        sites_missing=given.sites_missing,
        miscoded=given.miscoded,
    )
    cohort = simulate_cohort(
        load_model(given.model),
        given.patients,
        given.seed,
        flaws=flaws,
        years=(given.years[0], given.years[1]),
        stage_iv=given.stage_iv,
        name=given.name or Path(given.out).stem,
    )
    _write(cohort, given)
    counts = f"{len(cohort):,} patients, {int(cohort.presented.sum()):,} with distant disease"
    write_text(f"wrote {given.out}: {counts}, {int(cohort.died.sum()):,} died\n", None)
    return 0


def _write(cohort: Cohort, given: Namespace) -> None:
    if given.format == "mcode":
        from organotropism.cohort.mcode_write import write_mcode

        with new_file(Path(given.out)) as part:
            write_mcode(cohort, part)
        return
    from organotropism.cohort.store import write_cohort

    write_cohort(cohort, given.out)


def _parser() -> Parser:
    parser = Parser(
        prog="organotropism cohort simulate",
        usage="organotropism cohort simulate [--model MODEL] [--patients N] [options] --out FILE",
        description=(
            "Draw a cohort from a model: covariates from its reference population, courses from its"
            " coefficients. Without options nothing is missing or wrong, and follow-up ends after 5 to 20"
            " years."
        ),
        epilog=_EPILOG,
    )
    parser.add_argument("--model", default="literature", metavar="NAME|FILE", help="default: literature")
    parser.add_argument("--patients", metavar="N", type=int, default=1000, help="default: 1000")
    parser.add_argument("--seed", metavar="N", type=int, default=1, help="same seed, same cohort; default: 1")
    parser.add_argument("--name", help="label of the cohort; default: the name of the file")
    parser.add_argument(
        "--years", metavar=("FIRST", "LAST"), type=int, nargs=2, default=(2005, 2015), help="of diagnosis"
    )
    parser.add_argument("--stage-iv", action="store_true", help="some have distant disease at diagnosis")
    parser.add_argument(
        "--follow-up",
        metavar=("SHORTEST", "LONGEST"),
        type=float,
        nargs=2,
        default=(5.0, 20.0),
        help="years after which observation ends, evenly between the two; default: 5 20",
    )
    parser.add_argument(
        "--lost", metavar="HAZARD", type=float, default=0.0, help="lost to follow-up, per year"
    )
    parser.add_argument(
        "--late-entry",
        metavar="YEARS",
        type=float,
        default=0.0,
        help="patients enter up to so long after diagnosis, alive and free of distant disease",
    )
    shares = {
        "--missing": "share of each covariate but age that is not recorded",
        "--sites-missing": "share of patients with distant disease whose sites are not recorded",
        "--miscoded": "share of receptors, grades, histologies and ways of detection that are wrong",
    }
    for option, text in shares.items():
        parser.add_argument(option, metavar="SHARE", type=float, default=0.0, help=text)
    parser.add_argument(
        "--format",
        choices=("cohort", "mcode"),
        default="cohort",
        help="cohort (default), or mcode: one FHIR bundle a line (.ndjson)",
    )
    parser.add_argument(
        "--out", metavar="FILE", required=True, help="file to write: .csv, .parquet or .ndjson"
    )
    return parser
