"""Reader of cBioPortal study folders: which file is what, and the mapping that follows from their columns.

The format is described at https://docs.cbioportal.org/file-formats/; studies keep to it in their own ways.
Columns are found by their usual names, codes read with their usual variants; the rest is the table reader.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from organotropism.cohort import column_names as names
from organotropism.cohort.cbioportal_clock import clock_of
from organotropism.cohort.cbioportal_combined import HER2, STAGE, M, combined_of, stage_codes, with_combined
from organotropism.cohort.cbioportal_course import ID as _ID
from organotropism.cohort.cbioportal_course import (
    PORTAL,
    RECURRENCE,
    SOURCE,
    Course,
    course_of,
    metastatic_samples,
    site_columns,
)
from organotropism.cohort.coded import her2_coding, is_coded, refuse_amounts
from organotropism.cohort.guess_fields import size_unit
from organotropism.cohort.mapping import parse_mapping
from organotropism.cohort.source import Progress, Table, read_table
from organotropism.cohort.table import Import, import_table
from organotropism.cohort.values import UNKNOWN, Coding, read_covariate
from organotropism.errors import InputError, printable

if TYPE_CHECKING:
    import polars as pl

_LARGEST_META: Final = 1_000_000  # bytes
_SAMPLE, _COURSE = "sample", "course"
_CENTRE: Final = "cohort|centre|center|hospital|institution"
#: Columns that join the tables, or choose samples.
_KEYS: Final = frozenset({_ID, "SAMPLE_ID", "SAMPLE_TYPE", "ONCOTREE_CODE", "CANCER_TYPE"})
_PATIENTS_OF_SAMPLES: Final = "patients of the samples"
#: Codes of OncoTree that are no invasive carcinoma of the breast.
_NOT_INVASIVE: Final = ("DCIS", "LCIS", "PT", "BPT", "BLPT", "MPT", "BFN", "FA", "PBS", "BA", "ANGS")
#: Codes of OncoTree for the breast, those above aside.
_BREAST: Final = frozenset(
    {
        *(
            "BREAST",
            "BRCA",
            "BRCANOS",
            "BRCNOS",
            "IDC",
            "ILC",
            "MDLC",
            "IMMC",
            "IBC",
            "PD",
            "SPC",
            "ACBC",
            "CSNOS",
        ),
        *("JSCB", "MBC", "EMBC", "EMBCA", "MASC", "SPCC", "MSCHW", "BNNOS", "MMBC", *_NOT_INVASIVE),
    }
)
_NOT_PRIMARY: Final = re.compile(r"met|recur|normal|xenograft|cell line|blood|relapse", re.I)
#: A column of these would be an outcome, or is written in the timeline.
_NOT_HERE: Final = frozenset({"id", "year_of_diagnosis", "chemotherapy", "m"})


@dataclass(frozen=True)
class Study:
    """The files of a study folder.

    Attributes
    ----------
    name : of the study
    patient, sample : clinical tables, None where there is none
    timelines : further tables with days since diagnosis
    """

    name: str
    patient: Path | None
    sample: Path | None
    timelines: tuple[Path, ...]


def find_study(folder: str | Path) -> Study:
    """Find the clinical files of a study: by its meta files, else by their usual names.

    Raises
    ------
    InputError
        No folder, or neither a patient file nor a sample file in it.
    """
    path = Path(folder)
    if not path.is_dir():
        raise InputError("is not a folder of a study", file=str(folder))
    metas = [_read_meta(file) for file in sorted(path.glob("meta_*.txt")) if file.is_file()]
    by_kind: dict[str, list[Path]] = {}
    for meta in metas:
        data = path / Path(meta.get("data_filename", "")).name
        if meta.get("genetic_alteration_type", "").upper() == "CLINICAL" and data.is_file():
            by_kind.setdefault(meta.get("datatype", "").upper(), []).append(data)
    usual = {
        "PATIENT_ATTRIBUTES": "data_clinical_patient*.txt",
        "SAMPLE_ATTRIBUTES": "data_clinical_sample*.txt",
        "TIMELINE": "data_timeline*.txt",
    }
    for kind, pattern in usual.items():
        by_kind[kind] = by_kind.get(kind) or sorted(path.glob(pattern))
    patient, sample = (next(iter(by_kind[kind]), None) for kind in list(usual)[:2])
    if patient is None and sample is None:
        expected = "data_clinical_patient.txt or data_clinical_sample.txt"
        raise InputError("is not a folder of a study", file=str(folder), expected=expected)
    named = [meta["name"] for meta in metas if "type_of_cancer" in meta and "name" in meta]
    return Study(named[0] if named else path.resolve().name, patient, sample, tuple(by_kind["TIMELINE"]))


def _read_meta(file: Path) -> dict[str, str]:
    try:
        with open(file, encoding="utf-8", errors="replace") as stream:
            lines = stream.read(_LARGEST_META).splitlines()
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", file=str(file)) from None
    pairs = (line.partition(":") for line in lines if ":" in line)
    return {key.strip(): value.strip() for key, _, value in pairs}


def import_cbioportal(
    folder: str | Path,
    *,
    relapses: str | Path | None = None,
    changes: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> Import:
    """Read a cohort from a study folder.

    Parameters
    ----------
    folder : with meta files, clinical patient and sample files, timelines
    relapses : a table of dated distant sites to use instead of the timelines
    changes : sections of a mapping that replace what would be guessed; within columns, times and extra entry
        by entry
    progress : called with the number of rows of each part as it was read

    Raises
    ------
    InputError
        A folder that holds no study, or a file of it that cannot be read.
    """
    study = find_study(folder)
    tables = {file: read_table(file, None, PORTAL) for file in (study.patient, study.sample) if file}
    for table in tables.values():
        if _ID not in table.frame.columns:
            raise InputError(f"has no column {_ID}", file=table.file)
    sample = tables[study.sample] if study.sample else None
    patient = tables[study.patient] if study.patient else _patients_of(sample)
    course = course_of(patient, sample, study.timelines if relapses is None else [Path(relapses).resolve()])
    course.table = with_combined(course.table, patient)
    content = _mapping(study, patient, sample, course)
    for section, entries in (changes or {}).items():
        merged = isinstance(entries, Mapping) and section in {"columns", "times", "extra"}
        content[section] = {**content.get(section, {}), **entries} if merged else entries
    derived = {course.table.file: course.table}
    main = study.patient or Path(folder) / patient.file
    if study.patient is None:
        derived[patient.file] = patient
    result = import_table(main, parse_mapping(content), progress, reader_name="cbioportal", derived=derived)
    _caution(study, content, result)
    for text in _unread(tables.values(), result):
        result.report.note(text)
    for note, rows in course.notes.items():
        if rows or "not recorded" not in note:
            result.report.note(note, rows)
    return result


def _caution(study: Study, content: Mapping[str, Any], result: Import) -> None:
    """Say where survival does not count from the diagnosis."""
    column = content["times"].get("follow_up")
    if study.patient is None or not isinstance(column, str):
        return
    start = clock_of(study.patient, column)
    if start is not None:
        result.report.cautions.append(
            f"{column} counts from {printable(start)}, as the header of {study.patient.name} says, and is"
            " taken as time since diagnosis: times and rates are wrong unless another column is mapped"
        )


def _unread(tables: Iterable[Table], result: Import) -> Iterator[str]:
    """For each clinical table the columns that nothing was read from; names of columns, no values."""
    read = {column.column.rpartition(": ")[2] for column in result.report.columns}
    made = {HER2, M} & read
    for table in tables:
        used = read | _KEYS | {*names.all_of(table.columns, f"{RECURRENCE}|{_CENTRE}")}
        used |= combined_of(table.columns) if made else set()
        if unread := [name for name in table.columns if name and name not in used]:
            yield f"{table.file}: columns not read: {', '.join(unread)}"


def _patients_of(sample: Table | None) -> Table:
    """The patients of a study that has samples only."""
    assert sample is not None
    first = sample.frame[_ID].is_first_distinct() & sample.frame[_ID].is_not_null()
    kept = first.to_numpy()
    return Table(_PATIENTS_OF_SAMPLES, sample.frame.filter(first).select(_ID), sample.rows[kept], (_ID,))


def _mapping(study: Study, patient: Table, sample: Table | None, course: Course) -> dict[str, Any]:
    """The content of a mapping, from what the files hold."""
    content: dict[str, Any] = {
        "name": study.name,
        "source": SOURCE,
        "columns": _columns(patient, sample, course.table),
        "times": course.times | {"empty": "not recorded"},
        "tables": {_COURSE: {"file": course.table.file, "id": _ID}},
        "events": list(course.events),
        "extra": {},
    }
    if sample is not None:
        assert study.sample is not None
        content["tables"][_SAMPLE] = _sample_table(study.sample, sample)
        content["events"] += metastatic_samples(study.sample, sample)
        content["sites"] = {
            site: {"found": {"column": column, "table": _SAMPLE}}
            for column, site in site_columns(sample).items()
        }
    centre = names.best(patient.frame.columns, _CENTRE)
    if centre is not None:
        content["extra"]["centre"] = centre
    return content


def _columns(patient: Table, sample: Table | None, course: Table) -> dict[str, Any]:
    """Fields of a patient: from the table in which more of them stand, the patients' first."""
    columns: dict[str, Any] = {"id": _ID}
    places = [(patient, None), *([(sample, _SAMPLE)] if sample is not None else [])]
    for field, known in names.PATIENT.items():
        if field in _NOT_HERE:
            continue
        found = []
        for table, label in places:
            for name in names.all_of(table.frame.columns, known):
                if not _is_codes(field, table.frame[name]):
                    continue
                read = read_covariate(field, table.frame[name], Coding(misspelt=True))
                found.append((read.values.count(), name, label, read))
        if not found or max(count for count, *_ in found) == 0:
            continue
        # Of equally full columns the first: max keeps it.
        _, name, label, read = max(found, key=lambda entry: entry[0])
        spec: dict[str, Any] = {"column": name} | ({"table": label} if label else {})
        if field == "size_mm":
            spec["unit"] = size_unit(name, read)[0]
        columns[field] = spec
    for table, label in places:
        stage = names.best(table.frame.columns, STAGE)
        if stage is not None and (codes := stage_codes(table.frame[stage])):
            columns["m"] = {"column": stage, "codes": codes} | ({"table": label} if label else {})
    for field, name in (("her2", HER2), ("m", M)):
        if name in course.frame.columns:
            columns[field] = {"column": name, "table": _COURSE}
    return columns


def _is_codes(field: str, texts: pl.Series) -> bool:
    """Whether a column may be read as the field: no amounts, and no codes with two meanings."""
    if not is_coded(field):
        return True
    try:
        refuse_amounts(texts, Coding(), field, receptor=True)
        if field == "her2":
            her2_coding(texts, Coding(), field)
    except InputError:
        return False
    return True


def _sample_table(file: Path, sample: Table) -> dict[str, Any]:
    """Samples of primary tumours of invasive breast cancer; a patient without any is set aside."""
    table: dict[str, Any] = {"file": file.name, "id": _ID, "source": SOURCE}
    exclude: dict[str, list[str]] = {}
    kinds = _texts(sample, "SAMPLE_TYPE")
    if other := [kind for kind in kinds if _NOT_PRIMARY.search(kind)]:
        exclude["SAMPLE_TYPE"] = other
    codes = [code for code in _texts(sample, "ONCOTREE_CODE") if code.upper() in _NOT_INVASIVE]
    reject = {"ONCOTREE_CODE": codes} if codes else {}
    cancers = _texts(sample, "CANCER_TYPE")
    if any("breast" in cancer.lower() for cancer in cancers):
        known = [cancer for cancer in cancers if not _untold(cancer)]
        reject["CANCER_TYPE"] = [cancer for cancer in known if "breast" not in cancer.lower()]
        if other := _other_codes(sample):
            reject["ONCOTREE_CODE"] = [*codes, *other]
    # A patient of whom only a metastasis was sampled stays: nothing is known of her primary tumour.
    return table | {"exclude": exclude, "reject": reject}


def _untold(cancer: str) -> bool:
    """Whether a type of cancer is unknown, or of unknown primary: then the code of OncoTree tells."""
    return cancer.casefold() in UNKNOWN or "unknown" in cancer.casefold()


def _other_codes(sample: Table) -> list[str]:
    """Codes of other cancers, in samples whose type of cancer is not known."""
    import polars as pl

    if "ONCOTREE_CODE" not in sample.frame.columns:
        return []
    frame = sample.frame.select("ONCOTREE_CODE", cancer=pl.col("CANCER_TYPE").str.to_lowercase()).drop_nulls()
    breast = set(frame.filter(pl.col("cancer").str.contains("breast"))["ONCOTREE_CODE"])
    types = [cancer for cancer in frame["cancer"].unique().to_list() if _untold(cancer)]
    untold = sorted(set(frame.filter(pl.col("cancer").is_in(types))["ONCOTREE_CODE"]) - breast)
    return [code for code in untold if code.upper() not in _BREAST and code.casefold() not in UNKNOWN]


def _texts(table: Table, column: str) -> list[str]:
    if column not in table.frame.columns:
        return []
    return sorted(table.frame[column].drop_nulls().unique().to_list())
