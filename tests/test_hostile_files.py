"""Whatever a file holds, a reader ends in a value or in one clear error.

300 files of each kind; ``ORGANOTROPISM_HOSTILE=10000`` tries more, ``ORGANOTROPISM_SEED`` another start. The
seed of a failure is in its message, and makes the same file again.
"""

import os
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from hostile import JSON, TEXT, Spoil, by_bytes, spoilt
from organotropism.errors import InputError

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
COUNT = int(os.environ.get("ORGANOTROPISM_HOSTILE", "300"))
SEED = int(os.environ.get("ORGANOTROPISM_SEED", "20261128"))

Reader = Callable[[Path], object]


def _patient(file: Path) -> object:
    from organotropism.patient_file import read_patient

    return read_patient(file)


def _patients(file: Path) -> object:
    from organotropism.patient_file import iter_patients

    return list(iter_patients(file))


def _model(file: Path) -> object:
    from organotropism.process.model import load_model

    return load_model(file)


def _cohort(file: Path) -> object:
    from organotropism.cohort import read_cohort

    return read_cohort(file)


def _mapping(file: Path) -> object:
    from organotropism.cohort.mapping import read_mapping

    return read_mapping(file)


def _suggestion(file: Path) -> object:
    from organotropism.cohort.suggest import suggest_mapping

    return suggest_mapping(file)


def _import(file: Path) -> object:
    from organotropism.cohort.mapping import read_mapping
    from organotropism.cohort.table import import_table

    return import_table(file, read_mapping(EXAMPLES / "cohort.toml"))


def _own_evidence(file: Path) -> object:
    from organotropism.evidence.own import read_own_file

    return read_own_file(file)


def _expression(file: Path) -> object:
    from organotropism.cli.marker_evidence import genes
    from organotropism.markers.genes import Identifiers
    from organotropism.markers.read import read_expression

    return read_expression(file, Identifiers(genes()))


def _measured(file: Path) -> object:
    from organotropism.cli.marker_evidence import definitions
    from organotropism.markers.cutoffs import read_cutoffs
    from organotropism.markers.measured import read_measured

    return read_measured(file, definitions(), read_cutoffs(EXAMPLES / "cutoffs.toml", definitions()))


def _cutoffs(file: Path) -> object:
    from organotropism.cli.marker_evidence import definitions
    from organotropism.markers.cutoffs import read_cutoffs

    return read_cutoffs(file, definitions())


def _bundle(file: Path) -> object:
    from organotropism.cohort.mcode_import import import_mcode

    done = import_mcode(file)
    if done.problem is not None:
        raise done.problem
    return done


def _head(name: str, lines: int) -> bytes:
    return b"\n".join((EXAMPLES / name).read_bytes().split(b"\n")[:lines]) + b"\n"


def _parquet(name: str) -> bytes:
    from io import BytesIO

    import polars as pl

    content = BytesIO()
    frame = pl.read_csv(BytesIO(_head(name, 12)), infer_schema=False, comment_prefix="#")
    frame.write_parquet(content)
    return content.getvalue()


def _model_content() -> bytes:
    from importlib.resources import files

    content: bytes = (files("organotropism") / "models" / "literature.json").read_bytes()
    return content


def _cohort_content(ending: str) -> bytes:
    from tempfile import TemporaryDirectory

    from organotropism.cohort import simulate_cohort
    from organotropism.cohort.store import write_cohort
    from toy import toy_model

    with TemporaryDirectory() as folder:
        file = Path(folder) / f"cohort{ending}"
        write_cohort(simulate_cohort(toy_model(), 8, seed=1), file)
        return file.read_bytes()


OWN = (
    b"study,year,factor,level,comparator,site,denominator,endpoint,measure,estimate,ci_low,ci_high\n"
    b"mine,2020,subtype,TNBC,HR+/HER2-,brain,metastatic patients,at diagnosis,OR,2.1,1.5,3.0\n"
)
#: Kind of file: its ending, good content, its reader, and the ways in which it is spoilt.
KINDS: dict[str, tuple[str, Callable[[], bytes], Reader, tuple[Spoil, ...]]] = {
    "patient toml": (".toml", (EXAMPLES / "patient.toml").read_bytes, _patient, TEXT),
    "patient json": (
        ".json",
        lambda: b'{"age": 52, "er": "positive", "involved": ["bone@2"]}',
        _patient,
        JSON,
    ),
    "patients csv": (".csv", lambda: _head("patients.csv", 6), _patients, TEXT),
    "patients tsv": (".tsv", lambda: _head("patients.csv", 6).replace(b",", b"\t"), _patients, TEXT),
    "patients ndjson": (
        ".ndjson",
        lambda: b'{"age": 52, "er": "positive"}\n{"age": 40}\n',
        _patients,
        JSON + TEXT,
    ),
    "patients parquet": (".parquet", lambda: _parquet("patients.csv"), _patients, (by_bytes,)),
    "model": (".json", _model_content, _model, JSON),
    "cohort csv": (".csv", lambda: _cohort_content(".csv"), _cohort, TEXT),
    "cohort parquet": (".parquet", lambda: _cohort_content(".parquet"), _cohort, (by_bytes,)),
    "mapping": (".toml", (EXAMPLES / "cohort.toml").read_bytes, _mapping, TEXT),
    "table to suggest": (".csv", lambda: _head("cohort.csv", 12), _suggestion, TEXT),
    "table to import": (".csv", lambda: _head("cohort.csv", 12), _import, TEXT),
    "table in parquet": (".parquet", lambda: _parquet("cohort.csv"), _import, (by_bytes,)),
    "own evidence": (".csv", lambda: OWN, _own_evidence, TEXT),
    "expression": (".csv", lambda: _head("expression.csv", 12), _expression, TEXT),
    "measured markers": (".csv", (EXAMPLES / "markers.csv").read_bytes, _measured, TEXT),
    "cut-offs": (".toml", (EXAMPLES / "cutoffs.toml").read_bytes, _cutoffs, TEXT),
    "bundle": (".json", (EXAMPLES / "mcode_bundle.json").read_bytes, _bundle, JSON),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_reader_ends_in_a_value_or_one_clear_error(kind: str, tmp_path: Path) -> None:
    ending, content, reader, ways = KINDS[kind]
    good = content()
    # A model is large: fewer, so that all kinds take their share of the time.
    count = COUNT // 5 if kind == "model" else COUNT
    print(f"seed {SEED}, {count} files")
    clear = 0
    for number in range(count):
        seed = SEED + number
        file = tmp_path / f"file{ending}"
        file.write_bytes(spoilt(good, Random(seed), ways))
        try:
            reader(file)
        except InputError as error:
            clear += 1
            lines = str(error).splitlines()
            assert lines, f"seed {seed}: an error that says nothing"
            assert all(line.isprintable() or "\t" in line for line in lines), f"seed {seed}: {lines}"
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt | SystemExit):
                raise
            pytest.fail(f"seed {seed}: {type(error).__name__} from {reader.__name__}: {error!s:.200}")
    # The grammar reaches readers: some files are refused. (Some are still good.)
    assert clear > count / 20
