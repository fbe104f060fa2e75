"""The shipped models that METABRIC updates: `metabric`, and `default`.

`metabric` speaks of METABRIC's patients: the literature updated by them, with their own level. `default` is
the literature with METABRIC as one more study: its shape moves (who relapses, where, what follows), each
coefficient as far as populations are alike in it; level and era stay those of the literature, and so does the
spread between populations. Coefficients only; no patient is in either.

Run it with ``python -m organotropism.learn.default COHORT.parquet --out FOLDER``, or with ``--compare`` to
compare with the shipped models; the cohort comes from ``organotropism cohort import`` and
`examples/metabric.toml`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from organotropism.cohort.store import read_cohort
from organotropism.learn.cohort import CohortFit, learn_cohort
from organotropism.learn.cohort_prior import mean_over_studies
from organotropism.learn.fit import DIGITS
from organotropism.process.model import Model, load_model

NOTICE = (
    "Learnt in part from METABRIC: Curtis et al., Nature 2012 (doi 10.1038/nature10983); Pereira et"
    " al., Nat Commun 2016 (doi 10.1038/ncomms11479); Rueda et al., Nature 2019 (doi"
    " 10.1038/s41586-019-1007-8), Tables S6 and S7. HER2 and PR are from the cBioPortal copy, made"
    " available under the Open Database License (ODbL) 1.0,"
    " http://opendatacommons.org/licenses/odbl/1.0/. This file holds coefficients only, no part of that"
    " database; it is a produced work in the sense of that licence, and this is its notice."
)
NAMES = ("metabric", "default")
#: Newton's last step leaves some 1e-11 of a covariance to chance.
_COVARIANCE_DIGITS = 6


def shipped(literature: Model, fit: CohortFit) -> dict[str, Model]:
    """The two models, by name.

    Parameters
    ----------
    literature : prior of the fit
    fit : of METABRIC
    """
    mean = mean_over_studies(literature, fit.both)
    provenance = {**fit.model.provenance, "notice": NOTICE}
    own = _rounded(replace(fit.model, name="metabric", provenance=provenance))
    default = replace(
        literature,
        name="default",
        speaks_of=f"{literature.speaks_of}; who relapses and where also as in METABRIC, 1977-2005",
        theta=mean.mean,
        covariance=mean.covariance,
        support=fit.model.support,
        provenance={**provenance, "level": "that of the literature; see `between_studies` for its spread"},
        checksum="",
    )
    return {"metabric": own, "default": _rounded(default)}


def _rounded(model: Model) -> Model:
    """The model with the digits that are the same on every machine, and so its checksum."""
    theta, covariance = np.round(model.theta, DIGITS), np.round(model.covariance, _COVARIANCE_DIGITS)
    return replace(model, theta=theta, covariance=covariance)


def compare(model: Model, other: Model) -> list[str]:
    """Differences of a rebuilt model from the shipped one beyond rounding; empty when the same."""
    if model.layout != other.layout or model.provenance["prior"] != other.provenance["prior"]:
        return [f"{model.name}: learnt from another literature model: rebuild and commit"]
    moved = np.abs(model.theta - other.theta) / np.sqrt(np.diag(other.covariance))
    # Newton stops at steps of 1e-6 posterior SD.
    if moved.max() > 1e-4:
        name = model.layout.names[int(moved.argmax())]
        return [f"{model.name}: {name} differs by {moved.max():.2g} posterior SD"]
    return []


def main(arguments: Sequence[str] | None = None) -> int:
    """Learn both models; returns 1 where a comparison found differences."""
    parser = argparse.ArgumentParser(prog="python -m organotropism.learn.default", description=__doc__)
    parser.add_argument("cohort", help="METABRIC, as `organotropism cohort import` wrote it")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="folder to write the two models to")
    parser.add_argument("--compare", action="store_true", help="compare with the shipped models")
    given = parser.parse_args(arguments)
    literature = load_model("literature")
    models = shipped(literature, learn_cohort(read_cohort(given.cohort), literature))
    problems = []
    for name in NAMES:
        if given.out is not None:
            models[name].save(given.out / f"{name}.json")
        if given.compare:
            problems += compare(models[name], load_model(name))
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
