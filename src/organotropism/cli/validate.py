"""``organotropism validate``: how good a model is in a cohort."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from organotropism.cli.extras import require
from organotropism.cli.horizons import read_horizons
from organotropism.cli.output import write_text
from organotropism.cli.parser import Parser
from organotropism.errors import InputError
from organotropism.files import new_folder
from organotropism.patient_values import read_whole_number

if TYPE_CHECKING:
    from organotropism.cohort import Cohort
    from organotropism.process.model import Model
    from organotropism.validate.rivals import Question, Rival
    from organotropism.validate.several import Several
    from organotropism.validate.validation import Settings, Validation

_DESCRIPTION = """\
Validate a model in a cohort: discrimination, calibration, decision curves, subgroups and which sites are
found, with death competing. Writes a folder with report.html, numbers.csv, numbers.json, tripod_ai.csv and
model_card.md. Several models, or several cohorts with --cohort, come beside each other on one page, with the
whole report of each pair in a folder of its own."""
_EXAMPLES = """\
examples:
  organotropism validate literature cohort.parquet --out report
  organotropism validate model.json cohort.parquet --out report --compare --landmark 2,5 --recalibrate
  organotropism validate literature cohort.parquet --out report --with predictions.csv
  organotropism validate literature default --cohort one.parquet two.parquet --out report"""
_MOST_SAMPLES = 10_000
#: Upper bound of the models that --compare adds, for the progress bar.
_MOST_RIVALS = 7


def _parser() -> Parser:
    parser = Parser(
        prog="organotropism validate",
        usage="organotropism validate MODEL COHORT --out FOLDER [options]\n"
        "       organotropism validate MODEL... --cohort COHORT... --out FOLDER [options]",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
    )
    parser.add_argument(
        "given",
        nargs="+",
        metavar="MODEL",
        help="name of a shipped model, or a model file; without --cohort the last is the cohort",
    )
    parser.add_argument("--cohort", nargs="+", metavar="COHORT", help="cohort files, .parquet or .csv")
    parser.add_argument("--out", required=True, metavar="FOLDER", help="new folder, or a report to replace")
    parser.add_argument("--horizons", default="5,10", metavar="YEARS", help="default 5,10")
    parser.add_argument("--bootstrap", default="200", metavar="N", help="samples, 0 for none; default 200")
    parser.add_argument("--folds", default="5", metavar="N", help="for comparing, recalibrating; default 5")
    parser.add_argument("--compare", action="store_true", help="compare with other models on the same folds")
    parser.add_argument(
        "--with",
        dest="outside",
        metavar="FILE",
        help="CSV of outside predictions to compare: id, site, years, risk, model",
    )
    parser.add_argument(
        "--landmark",
        metavar="YEARS",
        help="also among those free of distant disease for so long, such as 1,2,5,10",
    )
    parser.add_argument(
        "--recalibrate", action="store_true", help="also adjust the risks to the cohort, reported apart"
    )
    parser.add_argument(
        "--optimism",
        default="0",
        metavar="N",
        help="bootstrap samples in which the model is learnt anew; default none",
    )
    parser.add_argument("--seed", metavar="N", help="same seed, same numbers")
    return parser


def run(arguments: Sequence[str]) -> int:
    """Run the command; returns the exit code."""
    given = _parser().read(arguments)
    settings, out = _settings(given), _folder(given.out)
    models_given, cohorts_given = _which(given)
    from organotropism.cohort import read_cohort
    from organotropism.process.model import load_model

    # What would be missing at the end is better said at the beginning.
    require("report")
    if given.compare:
        require("compare")
    models = [load_model(name) for name in models_given]
    cohorts = [read_cohort(name) for name in cohorts_given]
    files = ([_in_command(name) for name in models_given], [_in_command(name) for name in cohorts_given])
    if len(models) == len(cohorts) == 1:
        _write_one(_validated(given, models[0], cohorts[0], settings), files, out)
    else:
        _write_several(_validated_several(given, models, cohorts, settings), files, out)
    write_text(f"wrote {out / 'report.html'}\n", None)
    return 0


def _which(given: argparse.Namespace) -> tuple[list[str], list[str]]:
    """Names of the models and of the cohorts."""
    if given.cohort is not None:
        return given.given, given.cohort
    if len(given.given) == 1:
        raise InputError("is missing", field="COHORT", expected="a cohort file after the model, or --cohort")
    if len(given.given) > 2:
        raise InputError(
            "are more than a model and a cohort",
            value=" ".join(given.given),
            expected="--cohort before the names of the cohorts",
        )
    return given.given[:1], given.given[1:]


def _in_command(name: str) -> str:
    """A model or a file as a command in a report names it: without the folders of this machine."""
    return Path(name).name


def _write_one(validation: Validation, files: tuple[list[str], list[str]], out: Path) -> None:
    from organotropism.cli.run import package_version
    from organotropism.present.validation.summary import in_brief
    from organotropism.present.validation.write import write_report

    with new_folder(out) as folder:
        named = replace(validation, files=(files[0][0], files[1][0]))
        write_report(named, folder, package_version())
    apparent = [] if validation.apparent is None else [validation.apparent.why]
    _say([*in_brief(validation), *(f"Note: {note}." for note in apparent + validation.notes)])


def _write_several(several: Several, files: tuple[list[str], list[str]], out: Path) -> None:
    from organotropism.cli.run import package_version
    from organotropism.present.validation.several import several_in_brief, write_several

    cohorts = [
        replace(
            part,
            validations=[
                replace(validation, files=(model, cohort))
                for model, validation in zip(files[0], part.validations, strict=True)
            ],
        )
        for cohort, part in zip(files[1], several.cohorts, strict=True)
    ]
    with new_folder(out) as folder:
        write_several(replace(several, cohorts=cohorts), folder, package_version())
    _say(several_in_brief(several))


def _validated_several(
    given: argparse.Namespace, models: list[Model], cohorts: list[Cohort], settings: Settings
) -> Several:
    from organotropism.validate.predictions import read_predictions
    from organotropism.validate.several import several_steps, validate_several

    for option, used in (("--with", given.outside is not None), ("--optimism", settings.optimism > 0)):
        if used and (option == "--optimism" or len(cohorts) > 1):
            raise InputError("is for one model in one cohort", field=option, expected="a run of its own")
    outside = None if given.outside is None else Path(given.outside)

    def rivals(question: Question) -> list[Rival]:
        return _others(question) if given.compare else []

    total = several_steps(models, cohorts, settings, _MOST_RIVALS if given.compare else 0)
    with _progress(total) as advance:
        return validate_several(
            models,
            cohorts,
            settings,
            rivals=rivals,
            outside=lambda cohort: (
                [] if outside is None else read_predictions(outside, cohort, settings.horizons)
            ),
            advance=advance,
        )


def _say(sentences: Sequence[str]) -> None:
    write_text("".join(f"{sentence}\n" for sentence in sentences), None)


def _validated(given: argparse.Namespace, model: Model, cohort: Cohort, settings: Settings) -> Validation:
    from organotropism.validate.predictions import outcomes_of, read_predictions
    from organotropism.validate.rivals import Question
    from organotropism.validate.validation import steps, validate

    question = Question(outcomes_of(model, cohort), settings.horizons, model)
    outside = []
    if given.outside is not None:
        outside = read_predictions(Path(given.outside), cohort, settings.horizons)
    rivals = _rivals(model, question) if given.compare else []
    if outside and not rivals:
        rivals = [_as_given(model, question)]
    with _progress(steps(model, cohort, settings, len(rivals))) as advance:
        return validate(
            model,
            cohort,
            settings,
            rivals=rivals,
            outside=outside,
            refit=_learner("literature") if settings.optimism else None,
            advance=advance,
        )


def _settings(given: argparse.Namespace) -> Settings:
    from organotropism.validate.validation import SEED, Settings

    horizons = read_horizons(given.horizons) or ()
    landmarks = read_horizons(given.landmark) or ()
    for name, years in (("--horizons", horizons), ("--landmark", landmarks)):
        if list(years) != sorted(set(years)) or min(years, default=1) <= 0:
            expected = "different positive numbers in ascending order, such as 5,10"
            raise InputError("are not years", field=name, value=", ".join(map(str, years)), expected=expected)
    return Settings(
        horizons=horizons,
        bootstrap=_whole(given.bootstrap, "--bootstrap", 0, _MOST_SAMPLES),
        folds=_whole(given.folds, "--folds", 2, 100),
        landmarks=landmarks,
        recalibrate=given.recalibrate,
        optimism=_whole(given.optimism, "--optimism", 0, _MOST_SAMPLES),
        seed=SEED if given.seed is None else _whole(given.seed, "--seed", 0, 2**32 - 1),
    )


def _whole(text: str, field: str, least: int, most: int) -> int:
    try:
        number = read_whole_number(text)
    except InputError:
        number = None
    if number is None or not least <= number <= most:
        expected = f"a whole number from {least} to {most:,}"
        raise InputError("cannot be used", field=field, value=text, expected=expected)
    return number


def _as_given(model: Model, question: Question) -> Rival:
    from organotropism.validate.rivals import given

    name = f"{model.name} (this model)"
    return given(model, name, "the model under validation, as it is", question)


def _rivals(model: Model, question: Question) -> list[Rival]:
    """The model as it is, the usual rivals, the literature, and models learnt from this cohort."""
    from organotropism.process.model import load_model
    from organotropism.validate.rivals import given

    rivals = [_as_given(model, question)]
    literature = load_model("literature")
    if literature.checksum != model.checksum:
        rivals.append(given(literature, "literature", "the model learnt from publications alone", question))
    return [*rivals, *_others(question)]


def _others(question: Question) -> list[Rival]:
    """The usual rivals, and models learnt from this cohort."""
    from organotropism.validate.rivals import learnt, usual_rivals

    alone, both = _learner(None), _learner("literature")
    return [
        *usual_rivals(question),
        learnt(alone, "cohort alone", "the same model learnt from the other folds alone", question),
        learnt(both, "both", "the literature updated by the other folds", question),
    ]


def _learner(prior: str | None) -> Callable[[Cohort], Model]:
    """Learn a model from a cohort, with or without a shipped model as prior."""

    def learn(cohort: Cohort) -> Model:
        from organotropism.learn.cohort import learn_cohort
        from organotropism.process.model import load_model

        model: Model = learn_cohort(cohort, None if prior is None else load_model(prior)).model
        return model

    return learn


def _folder(name: str) -> Path:
    """Where the report goes: a new folder, an empty one, or an earlier report."""
    out = Path(name).resolve()
    if out.exists() and not out.is_dir():
        raise InputError("is not a folder", file=name, expected="the name of a new folder")
    if out.is_dir() and any(out.iterdir()) and not (out / "report.html").is_file():
        raise InputError("holds other files", file=name, expected="a new folder, or an earlier report")
    return out


@contextmanager
def _progress(total: int) -> Iterator[Callable[[str], None]]:
    """Show how far the validation is, where standard error is a terminal."""
    if not sys.stderr.isatty():
        yield lambda step: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        BarColumn(),
        TextColumn("{task.percentage:3.0f} %"),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=total)

        def advance(step: str) -> None:
            progress.update(task, advance=1, description=step)

        yield advance
