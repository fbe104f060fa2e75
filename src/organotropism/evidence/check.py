"""Integrity of the evidence tables, and of any edited copy of them."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from organotropism.errors import InputError
from organotropism.evidence.load import DATA, FILES, read_records
from organotropism.evidence.rules import KEYS, LINKS, ROW_RULES, VOCABULARY

Tables = dict[str, tuple[Any, ...]]


def _texts(row: Any, column: str) -> tuple[str, ...]:
    value = getattr(row, column)
    return value if isinstance(value, tuple) else (value,)


def _check_rows(file: str, rows: tuple[Any, ...]) -> Iterator[str]:
    # Row numbers are those of the file, whose first line is the header.
    for number, row in enumerate(rows, start=2):
        place = f"{file}, row {number}"
        for column in row.__slots__:
            value = getattr(row, column)
            if isinstance(value, str) and (value != value.strip() or "\n" in value):
                yield f"{place}, {column}: blank at an edge, or a line break"
        for column, allowed in VOCABULARY.get(file, {}).items():
            value = getattr(row, column if hasattr(row, column) else f"{column}_")
            if value not in allowed:
                yield f'{place}, {column}: "{value}" is outside the vocabulary'
        for problem, broken in ROW_RULES.get(file, {}).items():
            if broken(row):
                yield f"{place}: {problem}"


def _check_unique(file: str, rows: tuple[Any, ...]) -> Iterator[str]:
    key = KEYS.get(file)
    seen: dict[object, int] = {}
    for number, row in enumerate(rows, start=2):
        # A table without a key may still not hold the same row twice.
        value = tuple(getattr(row, column) for column in key) if key else row
        if key and not value[0]:
            yield f"{file}, row {number}, {key[0]}: blank"
        elif value in seen:
            yield f"{file}, row {number}: the same {' and '.join(key or ('values',))} as row {seen[value]}"
        seen.setdefault(value, number)


def _check_links(tables: Tables) -> Iterator[str]:
    for file, column, target, may_be_blank, agreement in LINKS:
        targets = {getattr(row, KEYS[target][0]): row for row in tables[target]}
        for number, row in enumerate(tables[file], start=2):
            place = f"{file}, row {number}, {column}"
            linked = _texts(row, column)
            if not any(linked):
                if not may_be_blank:
                    yield f"{place}: blank"
                continue
            for name in linked:
                if name not in targets:
                    yield f'{place}: "{name}" is not in {target}'
                    continue
                for here, there in agreement.items():
                    if getattr(row, here) != getattr(targets[name], there):
                        yield f"{place}: {here} differs from {there} of {name} in {target}"


def _check_groups(tables: Tables) -> Iterator[str]:
    primary: dict[str, bool] = defaultdict(bool)
    for study in tables["studies.csv"]:
        primary[study.overlap_group] |= study.primary_in_group == "yes"
    for group, found in primary.items():
        # NCDB covers most patients of SEER and counts with it, so it needs no primary study of its own.
        if group not in ("", "NCDB") and not found:
            yield f'studies.csv: overlap group "{group}" has no primary study'
    cells: Counter[tuple[str, str, str, int]] = Counter()
    for cell in tables["population.csv"]:
        cells[cell.factor, cell.given, cell.given_level, cell.of] += cell.n
    for (factor, given, level, of), total in cells.items():
        if total != of:
            condition = f" given {given} {level}" if given else ""
            yield f"population.csv: {factor}{condition}: cells add to {total} of {of}"
    signs = Counter((gene.marker_id, gene.sign) for gene in tables["marker_genes.csv"])
    for marker in tables["markers.csv"]:
        found_genes = tuple(signs[marker.marker_id, sign] for sign in (1, -1, None))
        if found_genes != (marker.n_up, marker.n_down, marker.n_unsigned):
            yield f"markers.csv, {marker.marker_id}: gene counts differ from marker_genes.csv"
        if marker.executable == "yes" and not any(found_genes):
            yield f"markers.csv, {marker.marker_id}: executable without genes"


def _check_readings(tables: Tables) -> Iterator[str]:
    used = {row.count_id for row in tables["counts.csv"] if row.functional}
    for number, row in enumerate(tables["associations.csv"], start=2):
        if row.functional and row.count_id in used:
            yield f"associations.csv, row {number}: is read although its count {row.count_id} is"


def check(folder: Path = DATA) -> list[str]:
    """Check every table of the evidence against the rules it keeps.

    Parameters
    ----------
    folder
        Where the tables are; those of the package unless given.

    Returns
    -------
    list of str
        One line per broken rule, with file and row (1 is the header); empty when all hold. Files that cannot
        be read are reported alone, since the other rules need all tables.
    """
    tables: Tables = {}
    unreadable = []
    for record, file in FILES.items():
        try:
            tables[file] = read_records(record, folder / file)
        except InputError as error:
            unreadable.append(str(error))
    if unreadable:
        return unreadable
    problems = [
        problem
        for file, rows in tables.items()
        for part in (_check_rows(file, rows), _check_unique(file, rows))
        for problem in part
    ]
    return [*problems, *_check_links(tables), *_check_groups(tables), *_check_readings(tables)]
