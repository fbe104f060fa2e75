"""A fitted model: coefficients, covariance, population, provenance; a readable JSON file."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from organotropism.errors import InputError
from organotropism.files import new_file
from organotropism.patient import Patient
from organotropism.process.index import Centre, Index
from organotropism.process.layout import Layout
from organotropism.process.nodes import Spread
from organotropism.process.population import Population

if TYPE_CHECKING:
    import polars as pl

    from organotropism.process.offsets import Offset

FORMAT = "organotropism-model/2"
LARGEST_FILE = 20_000_000
_CENTRES = ("all", "without nodes")
AVERAGE = "average"
#: The model of every command that forecasts: the literature, updated in shape by METABRIC.
DEFAULT_MODEL = "default"
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Baseline:
    """Level of the rate in one study, or in single hospitals, against the population-based level.

    Attributes
    ----------
    label : population, country and years
    shift : log hazard ratio
    sd : standard error of `shift`
    """

    label: str
    shift: float
    sd: float


@dataclass(frozen=True)
class Between:
    """Spread between studies, shared by the named coefficients."""

    coefficients: tuple[str, ...]
    sd: float


@dataclass(frozen=True, eq=False)
class Model:
    """Everything a forecast needs.

    Attributes
    ----------
    name, version : identity of the model
    speaks_of : population and years of the evidence behind it, one sentence
    layout : names and places of the coefficients
    theta : (size,) coefficients at the mode
    covariance : (size, size) of the estimates
    between : spread between studies: a new population is a new draw
    index, centre : PREDICT's index and its means by ER
    population : reference population for unknown inputs
    baselines : level of single studies, by study id
    window_years : sites found within this time are one presentation
    years : first and last year of diagnosis that the evidence covers
    support : studies behind each coefficient with their share of the information
    provenance : sources, licence and choices, as text
    checksum : sha256 over the content, set by `save` and `load`
    """

    name: str
    version: str
    speaks_of: str
    layout: Layout
    theta: Array
    covariance: Array
    between: tuple[Between, ...]
    index: Index
    centre: Centre
    population: Population
    baselines: Mapping[str, Baseline] = field(default_factory=dict)
    window_years: float = 30.0 / 365.25
    years: tuple[int, int] = (1990, 2017)
    support: Mapping[str, Any] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)
    checksum: str = ""

    def spread(self, baseline: str = AVERAGE) -> Array:
        """Factor F (size, m) with F F' = covariance + between-study variance, counted once.

        With a named baseline the level of the rate is that study's, known to its own error.
        """
        columns = [_root(self.covariance)]
        level = tuple(n for n in self.layout.names if n.startswith("rate.level"))
        for part in self.between:
            sd = part.sd
            if part.coefficients == level and baseline != AVERAGE:
                sd = self.baselines[baseline].sd
            column = np.zeros((self.layout.size, 1))
            column[[self.layout.names.index(name) for name in part.coefficients]] = sd
            columns.append(column)
        return np.hstack(columns)

    def distribution(self, baseline: str = AVERAGE) -> Spread:
        """Distribution of the coefficients; that of a new population, as `spread`."""
        factor = self.spread(baseline)
        return Spread(self.layout, self.theta, factor @ factor.T)

    def draws(self, count: int, seed: int, baseline: str = AVERAGE) -> Array:
        """(count, size) antithetic draws from the distribution of the coefficients.

        Mean and covariance are exactly those of the distribution from two draws per coefficient on.
        """
        return self.distribution(baseline).nodes(("",), count // 2, seed)

    def forecast(
        self,
        patients: Patient | Mapping[str, Any] | Iterable[Patient | Mapping[str, Any]] | pl.LazyFrame,
        horizons: Sequence[float] | None = None,
        *,
        intervals: bool = True,
        year: int | None = None,
        baseline: str = AVERAGE,
        offsets: Sequence[Offset | None] | None = None,
    ) -> Any:
        """Forecast one patient, several, or a frame whose columns are patient fields.

        Parameters
        ----------
        patients : as `organotropism.patient_frames.patients_of` reads them: a `Patient` or a mapping of its
            fields, several of these, or a frame of polars or pandas
        horizons : years from now, ascending; 5 and 10 when left out
        intervals : whether to compute 95 % intervals
        year : year of diagnosis whose level of risk to use, None: the patient's own
        baseline : "average", the population-based level, or a name of `baselines`: hospital, or a study
        offsets : per patient, what is known beyond the covariates (such as a marker), or None

        Returns
        -------
        Forecast for one patient, else ForecastTable.

        Raises
        ------
        InputError
            For a patient, a horizon or a baseline the model cannot speak of.
        """
        from organotropism.patient_frames import patients_of
        from organotropism.process.forecast import forecast
        from organotropism.process.horizons import check_reach
        from organotropism.process.results import DEFAULT_HORIZONS, Options

        chosen = DEFAULT_HORIZONS if horizons is None else tuple(float(h) for h in horizons)
        options = Options(chosen, intervals, year, baseline)
        found = patients_of(patients)
        if isinstance(found, Patient):
            if horizons is not None:
                check_reach(chosen, found)
            return forecast(self, [found], options, offsets)[0]
        return forecast(self, found, options, offsets)

    def to_document(self) -> dict[str, Any]:
        """Return the model as plain values, in the order of the file."""
        names, sd = self.layout.names, np.sqrt(np.diag(self.covariance))
        body = {
            "format": FORMAT,
            "name": self.name,
            "version": self.version,
            "speaks_of": self.speaks_of,
            "provenance": dict(self.provenance),
            "sites": list(self.layout.sites),
            "bands_years": list(self.layout.bands),
            "since_presentation_years": list(self.layout.since),
            "window_years": self.window_years,
            "years_of_diagnosis": list(self.years),
            "coefficients": {
                name: {"value": float(v), "sd": float(s)}
                for name, v, s in zip(names, self.theta, sd, strict=True)
            },
            "between_studies": [
                {"coefficients": list(part.coefficients), "sd": part.sd} for part in self.between
            ],
            "baselines": {
                key: {"label": b.label, "shift": b.shift, "sd": b.sd} for key, b in self.baselines.items()
            },
            "index": dict(self.index.coefficients),
            "index_centre": dict(zip(_CENTRES, map(list, self.centre), strict=True)),
            "population": {key: np.asarray(value).tolist() for key, value in self.population.counts.items()},
            "support": dict(self.support),
            "covariance_lower_triangle": [self.covariance[i, : i + 1].tolist() for i in range(len(names))],
        }
        return {**body, "checksum": _checksum(body)}

    def save(self, path: str | Path) -> None:
        """Write the model; the file appears whole or not at all.

        Raises
        ------
        InputError
            For a model that could not be read again, see `plausible`, or a file that cannot be written.
        """
        from organotropism.process.plausible import check_plausible

        check_plausible(self, str(path))
        with new_file(path) as part:
            part.write_text(_dump(self.to_document()), encoding="utf-8")


def load_model(source: str | Path = DEFAULT_MODEL) -> Model:
    """Load a shipped model by name, or a model file.

    Loading never executes anything. A file that is damaged, of another format or changed by hand
    (its checksum no longer fits) is refused with an `InputError`, as is one that no disease could have.
    """
    shipped = resources.files("organotropism") / "models" / f"{source}.json"
    if isinstance(source, str) and os.sep not in source and shipped.is_file():
        return read_model(shipped.read_text(encoding="utf-8"), str(source))
    path = Path(source)
    if not path.is_file():
        raise InputError(
            "no such model",
            field="model",
            value=str(source),
            expected=f"{', '.join(shipped_models())} or a file",
        )
    if path.stat().st_size > LARGEST_FILE:
        raise InputError(f"larger than {LARGEST_FILE // 1_000_000} MB, not a model file", file=str(path))
    try:
        text = path.read_text(encoding="utf-8")
    except (UnicodeDecodeError, OSError) as error:
        raise InputError("not a readable text file, so not a model file", file=str(path)) from error
    return read_model(text, str(path))


def shipped_models() -> list[str]:
    """Names of the models inside the package."""
    folder = resources.files("organotropism") / "models"
    return sorted(
        entry.name.removesuffix(".json") for entry in folder.iterdir() if entry.name.endswith(".json")
    )


def read_model(text: str, file: str) -> Model:
    """Build a model from the text of its file; `file` is named in errors."""
    try:
        document = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise InputError("damaged model file: not valid JSON", file=file) from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise InputError("not a model file", file=file, field="format", expected=FORMAT)
    stated = document.pop("checksum", None)
    if stated != _checksum(document):
        raise InputError(
            "damaged or edited model file: its checksum does not fit its content",
            file=file,
            field="checksum",
            expected="the file as it was written by `organotropism learn`",
        )
    from organotropism.process.plausible import check_plausible

    try:
        model = _from_document(document, str(stated))
        check_plausible(model, file)
    except InputError:
        raise
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, ArithmeticError) as error:
        raise InputError(f"incomplete model file ({type(error).__name__}: {error})", file=file) from error
    return model


def _refuse(word: str) -> None:
    """Refuse the words NaN and Infinity, which are no JSON though Python reads them."""
    raise ValueError(f"{word} is not a number")


def _from_document(document: dict[str, Any], checksum: str) -> Model:
    layout = Layout(
        tuple(document["sites"]),
        tuple(map(float, document["bands_years"])),
        tuple(map(float, document["since_presentation_years"])),
    )
    values = document["coefficients"]
    if tuple(values) != layout.names:
        raise ValueError("the coefficients are not those of this layout")
    triangle = document["covariance_lower_triangle"]
    covariance = np.zeros((layout.size, layout.size))
    for i, row in zip(range(layout.size), triangle, strict=True):
        covariance[i, : i + 1] = covariance[: i + 1, i] = row
    theta = np.array([entry["value"] for entry in values.values()], float)
    if not (np.isfinite(theta).all() and np.isfinite(covariance).all()):
        raise ValueError("coefficients and covariance must be finite numbers")
    return Model(
        name=document["name"],
        version=document["version"],
        speaks_of=document["speaks_of"],
        layout=layout,
        theta=theta,
        covariance=covariance,
        between=tuple(
            Between(tuple(part["coefficients"]), float(part["sd"])) for part in document["between_studies"]
        ),
        index=Index(document["index"]),
        centre=_centre(document["index_centre"]),
        population=Population(document["population"]),
        baselines={key: Baseline(**entry) for key, entry in document["baselines"].items()},
        window_years=float(document["window_years"]),
        years=tuple(document["years_of_diagnosis"]),
        support=document["support"],
        provenance=document["provenance"],
        checksum=checksum,
    )


def _centre(document: Mapping[str, Any]) -> Centre:
    """Means of the index: ER-negative and ER-positive."""
    (a, b), (c, d) = (map(float, document[name]) for name in _CENTRES)
    return (a, b), (c, d)


def _root(covariance: Array) -> Array:
    """Symmetric root that tolerates a covariance without full rank."""
    values, vectors = np.linalg.eigh(covariance)
    root: Array = vectors * np.sqrt(np.maximum(values, 0.0))
    return root


def _dump(document: dict[str, Any]) -> str:
    """JSON with one entry a line, but rows of numbers kept together."""
    lines = []
    for key, value in document.items():
        if isinstance(value, (dict, list)) and value and key != "covariance_lower_triangle":
            text = json.dumps(value, indent=1, ensure_ascii=False)
        elif key == "covariance_lower_triangle":
            text = "[\n" + ",\n".join(json.dumps(row) for row in value) + "\n]"
        else:
            text = json.dumps(value, ensure_ascii=False)
        lines.append(f"{json.dumps(key)}: {text}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _checksum(body: Mapping[str, Any]) -> str:
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return "sha256:" + hashlib.sha256(canonical.encode()).hexdigest()
