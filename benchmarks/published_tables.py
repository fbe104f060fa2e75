"""Known truth of the literature fit: published tables of every kind are simulated and learnt back.

    python benchmarks/published_tables.py --replicates 200 --out benchmarks/published_tables.json

In each replicate the true coefficients are drawn around those of the shipped literature model (twice its
standard deviations); three studies print every functional, of two sites in two subtypes or as contrasts of
them; each study has its own levels and effects, each row its own error. The fit knows the distribution that
the truth was drawn from, so intervals must hold the truth at their nominal rate. That each functional is the
table it stands for is tested with patients simulated event by event (tests/learn/test_functionals.py).
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from organotropism import load_model
from organotropism.evidence.readings import HAZARDS, Functional
from organotropism.learn.expected import predict, predict_and_differentiate
from organotropism.learn.fit import Choices, Linear, intercept_columns, intercept_sd
from organotropism.learn.measurement import Measurement, reading
from organotropism.learn.reference import EVERYONE, Context, Reference
from organotropism.learn.shipped import predict_index, reference_population

Array = NDArray[np.float64]
STUDIES, ERROR, STEPS = 3, 0.1, 4
TAU = {"rate": 0.1, "site": 0.1, "death": 0.1}
Z95 = 1.959963984540054
_OF_DISTANT = (Functional.NET_RISK, Functional.MODELLED_NET_RISK, Functional.HAZARD)
_OF_DEATH = (Functional.SURVIVAL, Functional.SURVIVAL_AT_DIAGNOSIS, Functional.SURVIVAL_MIXED)


def _subtype(number: int) -> Context:
    return EVERYONE.also(("subtype",), [float(number == k) for k in range(4)])


def table() -> Iterator[Measurement]:
    """Rows of every functional, by study; hazards of a site are printed as ratios, others in two subtypes."""
    for study in range(STUDIES):
        for functional in Functional:
            if functional == Functional.DEATH_RATIO:
                terms = (("death.subtype[TNBC]", 1.0),)
                yield _row(study, functional, "", EVERYONE, None, terms=terms, scale="log")
                continue
            features = ("any_distant",) if functional in _OF_DISTANT else ("bone", "brain")
            for feature in ("alive",) if functional in _OF_DEATH else features:
                if functional in HAZARDS - {Functional.HAZARD}:
                    yield _row(study, functional, feature, _subtype(3), _subtype(0), scale="log")
                else:
                    scale = "cloglog" if functional in (*_OF_DISTANT, *_OF_DEATH) else "logit"
                    for number in (0, 3):
                        yield _row(study, functional, feature, _subtype(number), None, scale=scale)


def _row(
    study: int,
    functional: Functional,
    feature: str,
    context: Context,
    against: Context | None,
    **more: object,
) -> Measurement:
    level = f"{feature} {context.weights} {against is not None}"
    return Measurement(
        id=f"{study}-{functional}-{level}",
        study=f"study {study}",
        group=f"study {study}",
        feature=feature,
        value=0.0,
        se=ERROR,
        context=context,
        against=against,
        level=level,
        follow_up=functional in (Functional.INCIDENCE, Functional.COURSE_MIXED),
        **reading(functional),
        **more,  # type: ignore[arg-type]
    )


def replicates(count: int, seed: int) -> tuple[Array, Array]:
    """Standardised errors (count, size), and the share of the prior variance that is left (size,)."""
    model, rows, choices = load_model("literature"), list(table()), Choices(robust=False)
    layout, mean = model.layout, model.theta
    reference = Reference(reference_population(), predict_index(), layout.bands)
    prior = 4 * model.covariance
    fitted, jacobian = predict_and_differentiate(layout, reference, mean, rows)
    columns = intercept_columns(layout, rows, jacobian)
    levels = np.array([intercept_sd(key, choices) * column for key, column in columns.items()])
    linear = Linear(rows, fitted, jacobian, columns, choices, mean, prior)
    spread = np.linalg.cholesky(linear.noise(TAU, np.ones(len(rows))) - levels.T @ levels)
    noise = linear.noise(TAU, np.ones(len(rows)))
    gain = np.linalg.solve(jacobian @ prior @ jacobian.T + noise, jacobian @ prior).T
    covariance = prior - gain @ jacobian @ prior
    sd, root, rng = np.sqrt(np.diag(covariance)), np.linalg.cholesky(prior), np.random.default_rng(seed)
    found = []
    for number in range(count):
        truth = mean + root @ rng.normal(size=layout.size)
        deviations = rng.normal(size=len(levels)) @ levels + spread @ rng.normal(size=len(rows))
        published = predict(layout, reference, truth, rows) + deviations
        theta = mean
        for _ in range(STEPS):
            residual = published - predict(layout, reference, theta, rows) + jacobian @ (theta - mean)
            theta = mean + gain @ residual
        found.append((theta - truth) / sd)
        print(f"{number + 1} of {count}", flush=True)
    return np.array(found), np.diag(covariance) / np.diag(prior)


def summary(errors: Array, kept: Array) -> dict[str, object]:
    """Coverage and bias over all coefficients, and over those that the tables teach most."""
    covered = np.abs(errors) <= Z95
    count = len(errors)
    low, high = binom.ppf([0.0005, 0.9995], count, 0.95) / count
    share = covered.mean(0)
    taught = kept < np.median(kept)
    return {
        "replicates": count,
        "coefficients": errors.shape[1],
        "mean coverage": round(float(covered.mean()), 4),
        "mean coverage of the half taught most": round(float(covered[:, taught].mean()), 4),
        "band of each, 99.9 %": [round(float(low), 3), round(float(high), 3)],
        "outside the band": int(((share < low) | (share > high)).sum()),
        "mean bias, standard errors": round(float(errors.mean()), 4),
        "largest bias, Monte Carlo errors": round(float(np.abs(errors.mean(0)).max() * count**0.5), 2),
    }


def main() -> None:
    """Run and write the summary."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--replicates", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    result = summary(*replicates(given.replicates, given.seed))
    text = json.dumps(result, indent=1) + "\n"
    print(text)
    if given.out:
        given.out.write_text(text)


if __name__ == "__main__":
    main()
