"""A validation as a folder of files: page, numbers, checklist, model card."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from math import isnan
from pathlib import Path
from typing import Any

from organotropism.csv_files import records_csv
from organotropism.present.validation.card import model_card
from organotropism.present.validation.page import report
from organotropism.present.validation.tripod import checklist
from organotropism.validate.numbers import COLUMNS, MEANING, rows
from organotropism.validate.validation import Validation


def write_report(validation: Validation, folder: Path, package: str, joint: str = "") -> None:
    """Write report.html, numbers.csv, numbers.json, tripod_ai.csv and model_card.md.

    Parameters
    ----------
    folder : exists, and is empty
    package : version of organotropism
    joint : models and cohorts of the run that this is part of, in words; empty where it stands alone
    """
    numbers = rows(validation)
    (folder / "report.html").write_text(report(validation, package, joint), encoding="utf-8")
    (folder / "model_card.md").write_text(model_card(validation, package, joint), encoding="utf-8")
    _write_csv(folder / "numbers.csv", COLUMNS, numbers)
    items = [asdict(item) for item in checklist(validation, package, joint)]
    _write_csv(folder / "tripod_ai.csv", tuple(items[0]), items)
    document = json.dumps(_document(validation, numbers, package), ensure_ascii=False, allow_nan=False)
    (folder / "numbers.json").write_text(document + "\n", encoding="utf-8")


def _document(validation: Validation, numbers: list[dict[str, Any]], package: str) -> dict[str, Any]:
    model, comparison = validation.model, validation.comparison
    return {
        "format": "organotropism-validation/1",
        "package": package,
        "model": {"name": model.name, "version": model.version, "checksum": model.checksum},
        "cohort": _plain(asdict(validation.cohort)),
        "settings": asdict(validation.settings),
        "apparent": None if validation.apparent is None else asdict(validation.apparent),
        "notes": validation.notes,
        "left_out": {} if comparison is None else comparison.left_out,
        "reference": None if comparison is None else comparison.reference,
        "meaning": MEANING,
        "columns": COLUMNS,
        "numbers": [list(row.values()) for row in numbers],
    }


def _plain(value: Any) -> Any:
    """The same with null for what is no number, which JSON does not have."""
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return None if isinstance(value, float) and isnan(value) else value


def _write_csv(file: Path, columns: Sequence[str], entries: list[dict[str, Any]]) -> None:
    file.write_text(records_csv(entries, columns), encoding="utf-8")
