"""The reference population: what an unknown input is averaged over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from organotropism.patient import Patient
from organotropism.process import era
from organotropism.process.cells import Cells
from organotropism.process.index import TRASTUZUMAB_FROM, TREATMENTS, Index
from organotropism.vocabulary import SUBTYPES

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

AGE_CLASSES = ((0, 40), (40, 50), (50, 60), (60, 70), (70, 80), (80, 200))
SIZE_CLASSES = ((0, 10), (10, 20), (20, 30), (30, 50), (50, 1000))
NODE_CLASSES = ((0, 0), (1, 1), (2, 3), (4, 9), (10, 100))
#: Values that stand for a class where the number itself is unknown: middle of the class.
TYPICAL = {
    "age": (35.0, 45.0, 55.0, 65.0, 75.0, 83.0),
    "size_mm": (8.0, 16.0, 25.0, 40.0, 65.0),
    "positive_nodes": (0.0, 1.0, 2.5, 6.0, 13.0),
}
#: T4 without a size counts as large as T3.
T_CLASSES = {"T1": (0, 1), "T2": (2, 3), "T3": (4,), "T4": (4,)}
N_CLASSES = {"N0": (0,), "N1": (1, 2), "N2": (3,), "N3": (4,)}
#: Fields that can be unknown, in the order of the axes of a cell.
AXES = ("subtype", "grade", "lobular", "age", "size_mm", "positive_nodes", "pr", "detection", "ki67")
KI67_POSITIVE_PERCENT = 10.0  # PREDICT: Ki-67 positive above 10 %


@dataclass(frozen=True)
class Population:
    """Joint distribution of the covariates, by subtype and, for nodes, by size.

    Parameters
    ----------
    counts : mapping
        `subtype` (4); `grade` (4, 3), `lobular` (4, 2), `age` (4, 6), `size_mm` (4, 5) and `pr`
        (4, 2) within subtype; `positive_nodes` (5, 5) within size; `detection` (2: symptoms,
        screen) and `ki67` (2: negative, positive) overall. Counts or shares.
    """

    counts: Mapping[str, Any]

    @cached_property
    def shares(self) -> dict[str, Array]:
        """Conditional probabilities of each axis; half a patient is added to every cell.

        The half (Jeffreys) keeps combinations that the source did not happen to hold possible; shares
        are taken as they are. By definition PR is negative where the hormone receptor is.
        """
        shares = {}
        for name, counts in self.counts.items():
            table = np.array(counts, float)
            table = table + (0.5 if table.sum(-1).max() > 1.5 else 0.0)  # shares sum to one
            shares[name] = table / table.sum(-1, keepdims=True)
        # The source defines its subtypes by ER alone: its PR-positive women of ER-negative disease
        # are hormone-receptor positive here, with the HER2 status they have.
        positive, negative = shares["pr"][[3, 2], 1], shares["pr"][[3, 2], 0]
        er_negative = shares["subtype"][[3, 2]] * positive / negative / shares["subtype"][:2]
        shares["er"] = np.array([[x, 1.0 - x] for x in (*er_negative, 1.0, 1.0)])
        shares["pr"][[2, 3]] = (1.0, 0.0)
        return shares

    def expand(self, patients: Sequence[Patient], index: Index, years: Sequence[float]) -> Cells:
        """Return every combination of the unknown covariates of each patient, weighted.

        The weight is the share among the women of the reference population who agree with
        everything that is known of the patient (Bayes over the joint distribution).

        Parameters
        ----------
        patients : sequence of Patient
        index : Index
            Gives the offsets of the stated treatments.
        years : sequence of float
            Year of diagnosis to use for each patient.
        """
        groups: dict[tuple[Any, ...], list[int]] = defaultdict(list)
        known = [_known(patient) for patient in patients]
        for number, (allowed, _, _) in enumerate(known):
            groups[allowed, _stage_classes(patients[number])].append(number)
        parts = [
            self._expand_alike(allowed, np.array(rows), [known[row] for row in rows], of_stage)
            for (allowed, of_stage), rows in groups.items()
        ]
        joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        order = np.argsort(joined["patient"], kind="stable")
        joined = {name: values[order] for name, values in joined.items()}
        row = joined["patient"]
        joined["year"] = np.asarray(years, float)[row]
        joined["t4"] = np.array([_t_category(patient) == "T4" for patient in patients])[row]
        joined["offset"] = _offsets(patients, index, joined)
        return Cells(**joined)

    def cell_count(self, patient: Patient) -> int:
        """Number of combinations of what is unknown of a patient, an upper bound."""
        return prod(len(classes) for classes in _known(patient)[0])

    def everyone(self, index: Index, year: int) -> Cells:
        """The whole reference population as one patient of whom nothing is known."""
        allowed = tuple(tuple(range(n)) for n in (len(SUBTYPES), 3, 2, 6, 5, 5, 2, 2, 2))
        unknown: list[Any] = [(allowed, [-1] * len(AXES), [None] * 4)]
        cells = self._expand_alike(allowed, np.zeros(1, np.int64), unknown)
        size = len(cells["weight"])
        years = np.full(size, float(year))
        offset = index.as_treated(cells["er_positive"], cells["her2_positive"], cells["nodes"], years)
        return Cells(**cells, t4=np.zeros(size, bool), year=years, offset=offset)

    def _expand_alike(
        self,
        allowed: tuple[tuple[int, ...], ...],
        rows: Ints,
        known: list[Any],
        of_stage: tuple[tuple[bool, ...], ...] | None = None,
    ) -> dict[str, NDArray[Any]]:
        """Cells of patients who lack the same fields.

        `allowed` are the classes left per axis, `of_stage` those of size (rows) and nodes (columns) together.
        """
        grid = np.array(list(product(*allowed))).T  # (axes, combinations)
        classes = np.array([entry[1] for entry in known]).T[:, :, None]  # (axes, patients, 1)
        numbers = np.array([entry[2] for entry in known], float).T[:, :, None]
        at = np.where(classes >= 0, classes, grid[:, None, :])
        p, s = self.shares, dict(zip(AXES, at, strict=True))
        weight = p["subtype"][s["subtype"]]
        for name in ("grade", "lobular", "age", "size_mm"):
            weight = weight * p[name][s["subtype"], s[name]]
        weight = weight * self._receptors(s["subtype"], s["pr"], numbers[3])
        weight = weight * p["positive_nodes"][s["size_mm"], s["positive_nodes"]]
        weight = weight * p["detection"][s["detection"]] * p["ki67"][s["ki67"]]
        if of_stage is not None:
            weight = weight * np.array(of_stage)[s["size_mm"], s["positive_nodes"]]
        # PR-positive cells of hormone-receptor negative disease, and sizes and nodes of another stage.
        keep = weight.sum(0) > 0
        at, weight = at[:, :, keep], weight[:, keep]
        weight = weight / weight.sum(1, keepdims=True)

        def value(axis: str, place: int) -> Array:
            typical = np.array(TYPICAL[axis])[at[AXES.index(axis)]]
            stated: Array = np.where(np.isnan(numbers[place]), typical, numbers[place])
            return stated.ravel()

        flat = {name: values.ravel() for name, values in zip(AXES, at, strict=True)}
        er = np.broadcast_to(numbers[3], weight.shape).ravel()
        return {
            "patient": np.repeat(rows, weight.shape[1]),
            "weight": weight.ravel(),
            "subtype": flat["subtype"],
            "er_positive": np.where(np.isnan(er), flat["subtype"] < 2, er > 0),
            "her2_positive": (flat["subtype"] == 1) | (flat["subtype"] == 2),
            "pr_positive": flat["pr"] == 1,
            "ki67_positive": flat["ki67"] == 1,
            "lobular": flat["lobular"] == 1,
            "screen": flat["detection"].astype(float),
            "grade": flat["grade"] + 1.0,
            "age": value("age", 0),
            "size_mm": value("size_mm", 1),
            "nodes": value("positive_nodes", 2),
        }

    def _receptors(self, subtype: Ints, pr: Ints, er: Array) -> Array:
        """P(ER, PR | subtype), `er` NaN where unknown; hormone-receptor positive is ER or PR positive."""
        p = self.shares
        er_share = np.where(np.isnan(er), 1.0, p["er"][subtype, np.where(np.isnan(er), 0, er).astype(int)])
        pr_only = (er == 0) & (subtype < 2)
        return er_share * np.where(pr_only, pr == 1, p["pr"][subtype, pr])


def _known(patient: Patient) -> tuple[tuple[tuple[int, ...], ...], list[int], list[float | None]]:
    """Classes left open per axis, the known classes (-1: open), and age, size, nodes, ER as numbers."""
    subtypes = tuple(SUBTYPES.index(name) for name in patient.clinical_subtypes)
    size, nodes = patient.size_mm, patient.positive_nodes
    known = [
        subtypes[0] if len(subtypes) == 1 else -1,
        -1 if patient.grade is None else patient.grade - 1,
        -1 if patient.histology is None else int(patient.histology == "lobular"),
        -1 if patient.age is None else _class_of(patient.age, AGE_CLASSES),
        -1 if size is None else _size_class(size),
        -1 if nodes is None else next(i for i, (_, last) in enumerate(NODE_CLASSES) if nodes <= last),
        -1 if patient.pr is None else int(patient.pr == "positive"),
        -1 if patient.detection is None else int(patient.detection == "screen"),
        -1 if patient.ki67 is None else int(patient.ki67 > KI67_POSITIVE_PERCENT),
    ]
    open_classes = [
        subtypes,
        range(3),
        range(2),
        range(len(AGE_CLASSES)),
        T_CLASSES[category] if (category := _t_category(patient)) else range(len(SIZE_CLASSES)),
        N_CLASSES[patient.n] if patient.n else range(len(NODE_CLASSES)),
        range(2),
        range(2),
        range(2),
    ]
    allowed = tuple((-1,) if k >= 0 else tuple(o) for k, o in zip(known, open_classes, strict=True))
    er = patient.er_status
    return allowed, known, [patient.age, size, nodes, None if er is None else float(er)]


def _stage_classes(patient: Patient) -> tuple[tuple[bool, ...], ...] | None:
    """Classes of size (rows) and nodes (columns) of the anatomic stage; None where none is stated.

    T4 may be of the classes that it is read as, and of any where the size is known.
    """
    pairs = patient.stage_categories
    if pairs is None:
        return None
    sizes = {**T_CLASSES, "T4": range(len(SIZE_CLASSES))} if patient.size_mm is not None else T_CLASSES
    cells = {(i, j) for t, n in pairs for i in sizes[t] for j in N_CLASSES[n]}
    return tuple(tuple((i, j) in cells for j in range(len(NODE_CLASSES))) for i in range(len(SIZE_CLASSES)))


def _t_category(patient: Patient) -> str | None:
    """T category; inflammatory disease is T4 by definition, and stage IIIB holds no other."""
    by_stage = {t for t, _ in patient.stage_categories or ()}
    return "T4" if patient.inflammatory or by_stage == {"T4"} else patient.t


def _class_of(value: float, classes: tuple[tuple[int, int], ...]) -> int:
    return next(i for i, (_, end) in enumerate(classes) if value < end)


def _size_class(size_mm: float) -> int:
    """Sizes are grouped as the T category groups them: 20 mm is still T1."""
    return next(i for i, (_, end) in enumerate(SIZE_CLASSES) if size_mm <= end)


def _offsets(patients: Sequence[Patient], index: Index, cells: Mapping[str, NDArray[Any]]) -> Array:
    """Treatment offsets (n,); treatment is stated per patient, its effect depends on the receptors.

    What is not stated is as in the year of diagnosis (`Index.as_treated`).
    """
    er, her2 = cells["er_positive"], cells["her2_positive"]
    offset = index.as_treated(er, her2, cells["nodes"], cells["year"])
    treated = np.array([any(getattr(p, name) is not None for name in TREATMENTS) for p in patients])
    if not treated.any():
        return offset
    early = np.zeros(len(patients), bool)
    early[cells["patient"][cells["year"] < TRASTUZUMAB_FROM]] = True
    table = np.zeros((len(patients), 2, 2, 2))
    seen: dict[tuple[tuple[str, Any], ...], Array] = {}  # few combinations, many patients
    for number in np.flatnonzero(treated).tolist():
        stated = {name: getattr(patients[number], name) for name in TREATMENTS}
        if early[number] and stated["anti_her2_therapy"] is None:
            stated["anti_her2_therapy"] = False
        if patients[number].menopausal_status == "pre":
            del stated["bisphosphonate"]  # the benefit was shown after menopause only
        key = tuple(stated.items())
        if key not in seen:
            by_receptors = [
                (index.treatment(er, her2, stated), index.unknown_share(er, her2, stated))
                for er, her2 in product((False, True), repeat=2)
            ]
            seen[key] = np.reshape(by_receptors, (2, 2, 2))
        table[number] = seen[key]
    known, unknown = np.moveaxis(table[cells["patient"], er.astype(int), her2.astype(int)], -1, 0)
    lift = era.uptake(er, cells["nodes"], cells["year"])
    combined: Array = np.where(treated[cells["patient"]], known + unknown * lift, offset)
    return combined
