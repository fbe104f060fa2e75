"""``organotropism markers score``: expression in, scores, subtypes, heat map and cards out."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from organotropism.cli import marker_files
from organotropism.cli.marker_cards import CardMaker
from organotropism.cli.marker_evidence import cutoffs_of, definitions, effects, genes
from organotropism.cli.output import new_empty_folder
from organotropism.cli.parser import Parser
from organotropism.errors import InputError, one_of
from organotropism.markers.definitions import Analyte
from organotropism.markers.er_status import read_er
from organotropism.markers.expression import BY_GENE, BY_SAMPLE, Array, Expression
from organotropism.markers.genes import Identifiers
from organotropism.markers.measured import read_measured
from organotropism.markers.pam50 import Pam50, pam50
from organotropism.markers.probes import read_probe_map
from organotropism.markers.read import read_expression
from organotropism.markers.scale import LINEAR, LOG, SCALES, doubts, to_log2
from organotropism.markers.scaling import SCALINGS
from organotropism.markers.scores import Assay, Score, score_markers
from organotropism.process.model import DEFAULT_MODEL, load_model
from organotropism.vocabulary import Compartment

_WAYS: Final = {"genes-by-samples": BY_GENE, "samples-by-genes": BY_SAMPLE}
_FORMATS: Final = ("csv", "parquet", "json")
#: Unless asked for, cards are written for so many samples at most.
_FEW: Final = 25
_EPILOG: Final = """\
files in DIR: scores (one row per sample and marker), subtypes.csv (PAM50), markers.csv (what each marker's
score rests on, or why there is none), heatmap.svg and .png, cards/SAMPLE.html and .txt.

examples:
  organotropism markers score expression.csv --samples samples.csv --out scored
  organotropism markers score arrays.csv.gz --probes probes.csv --scaling robust --out scored
  organotropism markers score exosomes.csv --compartment exosome --analyte protein --out scored"""


def _parser() -> Parser:
    parser = Parser(
        prog="organotropism markers score",
        usage="organotropism markers score EXPRESSION --out DIR [options]",
        description=(
            "Score all markers and call PAM50 in a cohort; log scale; CSV, TSV, GCT or series matrix of GEO "
            "(also .gz), Parquet or AnnData."
        ),
        epilog=_EPILOG,
    )
    add = parser.add_argument
    add("file", metavar="EXPRESSION", help="genes x samples or samples x genes: found out, and said")
    add("--out", metavar="DIR", required=True, help="new folder for the results")
    add("--probes", metavar="FILE", help="map of probes to genes, where the file names probes")
    add("--samples", metavar="FILE", help="table of samples with a column er, for centring")
    add("--scaling", metavar="WORD", help=f"of PAM50: {one_of(SCALINGS)}; default by what is known of ER")
    add("--cutoffs", metavar="FILE", help="own cut-offs (TOML), for markers without a published one")
    add("--measured", metavar="FILE", help="markers measured otherwise: id, marker, value")
    add(
        "--compartment",
        metavar="NAME",
        default="primary tumour",
        help=f"{one_of(Compartment)}; default first",
    )
    add("--analyte", metavar="WORD", default="rna", help="rna or protein; default rna")
    add("--orientation", metavar="WORD", help=f"{one_of(_WAYS)}; default found out")
    add("--scale", metavar="WORD", default=LOG, help="of the values: log, or linear to take log2(x + 1)")
    add("--cards", metavar="NAMES", help=f"all, none, or samples; default all of up to {_FEW}")
    add("--format", metavar="WORD", default="csv", help=f"of the scores: {one_of(_FORMATS)}; default csv")
    add("--model", metavar="NAME|FILE", default=DEFAULT_MODEL, help="whose forecast cards speak of")
    return parser


def run(arguments: Sequence[str]) -> int:
    """Run the command; returns the exit code."""
    given = _parser().read(arguments)
    assay = _assay(given)
    _one("--format", given.format, _FORMATS)
    probes = None if given.probes is None else read_probe_map(Path(given.probes), genes())
    way = None if given.orientation is None else _WAYS[_one("--orientation", given.orientation, list(_WAYS))]
    cutoffs = cutoffs_of(given.cutoffs)
    measured = {} if given.measured is None else read_measured(given.measured, definitions(), cutoffs)
    scale = _one("--scale", given.scale, SCALES)
    model = load_model(given.model)
    with new_empty_folder(Path(given.out)) as folder:
        expression = read_expression(given.file, Identifiers(genes(), probes), way)
        if scale == LINEAR:
            expression = to_log2(expression)
        er = None if given.samples is None else read_er(given.samples, expression.samples)
        subtypes = _subtypes(given.scaling, expression, er, assay)
        scores = score_markers(expression, definitions(), assay, cutoffs)
        chosen = _chosen(given.cards, expression.samples)
        warnings = () if subtypes is None else subtypes.warnings
        maker = CardMaker(scores, subtypes, measured, effects(model), warnings)
        _write(folder, expression, scores, subtypes, given.format)
        marker_files.write_cards(folder / "cards", maker, chosen)
    _say(expression, scores, subtypes)
    return 0


def _write(
    folder: Path, expression: Expression, scores: Sequence[Score], subtypes: Pam50 | None, kind: str
) -> None:
    marker_files.write_scores(folder / f"scores.{kind}", expression.samples, scores)
    marker_files.write_markers(folder / "markers.csv", scores)
    if subtypes is not None:
        marker_files.write_subtypes(folder / "subtypes.csv", subtypes)
    marker_files.write_heatmap(folder, scores, subtypes, len(expression.samples))


def _assay(given: argparse.Namespace) -> Assay:
    return Assay(
        Compartment(_one("--compartment", given.compartment, list(Compartment))),
        Analyte(_one("--analyte", given.analyte.lower(), list(Analyte))),
    )


def _one(option: str, value: str, known: Sequence[str]) -> str:
    if value not in known:
        raise InputError("is not known", field=option, value=value, expected=one_of(known))
    return value


def _subtypes(scaling: str | None, expression: Expression, er: Array | None, assay: Assay) -> Pam50 | None:
    """PAM50, where the file is RNA of tumours and has its genes."""
    if assay != Assay():
        return None
    try:
        return pam50(expression, scaling, er)
    except InputError:
        if scaling is not None:
            raise
        return None


def _chosen(words: str | None, samples: Sequence[str]) -> list[tuple[int, str]]:
    """Number and name of the samples to write cards for."""
    if words in (None, "all", "none"):
        wanted = words == "all" or (words is None and len(samples) <= _FEW)
        return list(enumerate(samples)) if wanted else []
    assert words is not None
    places = {name: number for number, name in enumerate(samples)}
    names = [name for name in re.split(r"\s*,\s*", words) if name]
    for name in names:
        if name not in places:
            raise InputError("is not a sample of the file", field="--cards", value=name)
    return [(places[name], name) for name in names]


def _say(expression: Expression, scores: Sequence[Score], subtypes: Pam50 | None) -> None:
    """Tell how the file was read, and what has to be known of the results."""
    source = expression.source
    by = ", ".join(f"{count:,} by {kind}" for kind, count in source.found_by.items())
    scored = sum(score.rank is not None for score in scores)
    lines = [
        f"{len(expression.samples):,} samples, {source.orientation}; {source.rows_of_genes:,} genes or "
        f"probes in the file, {len(expression.symbols):,} genes of the panels found ({by})",
    ]
    if expression.chosen:
        lines.append(
            f"{len(expression.chosen)} genes were measured more than once: the most variable was used"
        )
    lines += [f"warning: {doubt}" for doubt in (*source.notes, *doubts(expression))]
    lines.append(f"{scored} of {len(scores)} markers scored; markers.csv says why the others are not")
    if subtypes is not None:
        lines.append(f"PAM50 with scaling {subtypes.scaling}")
        lines += [f"warning: {warning}" for warning in subtypes.warnings]
    print("\n".join(lines), file=sys.stderr)
