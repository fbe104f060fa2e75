"""Tables on disk: a folder of Parquet files and a manifest with their checksums; and adding them up."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from organotropism.cohort.tabulate import FIELDS, KEYS, TABLES, Tables, read_fields, summed
from organotropism.errors import InputError
from organotropism.files import new_folder
from organotropism.parquet_files import refusing_damage

FORMAT: Final = "organotropism-tables/1"
MANIFEST: Final = "manifest.json"
_FILES: Final = ("strata", *TABLES)
_SAME: Final = ("sites", "bands", "since", "window_years")


def write_tables(tables: Tables, folder: str | Path) -> None:
    """Write the tables as Parquet with a manifest: bands, sites, window, counts, checksums.

    The folder appears whole or not at all; earlier tables of that name are replaced.

    Raises
    ------
    InputError
        A folder that holds something else, or that cannot be written.
    """
    target = Path(folder)
    if (
        target.exists()
        and not (target / MANIFEST).is_file()
        and (not target.is_dir() or any(target.iterdir()))
    ):
        raise InputError("holds something else", file=str(folder), expected="a new folder, or one of tables")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror})", file=str(folder)) from None
    with new_folder(target) as part:
        for name in _FILES:
            getattr(tables, name).write_parquet(part / f"{name}.parquet")
        text = json.dumps(manifest(tables, part), indent=1, ensure_ascii=False)
        (part / MANIFEST).write_text(text + "\n", encoding="utf-8")


def manifest(tables: Tables, folder: Path) -> dict[str, Any]:
    """What the manifest says of the tables and of their files in `folder`."""
    return {
        "format": FORMAT,
        "name": tables.name,
        "kind": "shared"
        if tables.shared
        else "local: one patient may be a row of her own, keep in the house",
        "smallest": tables.smallest,
        "patients": tables.patients,
        "sites": list(tables.sites),
        "bands": list(tables.bands),
        "since": list(tables.since),
        "window_years": tables.window_years,
        "suppressed": tables.suppressed,
        "cohort_id": tables.cohort_id,
        "digest": tables.digest,
        "rows": {name: len(getattr(tables, name)) for name in _FILES},
        "sha256": {name: _checksum(folder / f"{name}.parquet") for name in _FILES},
    }


def is_tables(path: str | Path) -> bool:
    """Whether a path is a folder of tables."""
    return (Path(path) / MANIFEST).is_file()


def read_tables(folder: str | Path) -> Tables:
    """Read tables that `write_tables` wrote.

    Raises
    ------
    InputError
        A folder that is incomplete, damaged or of another format.
    """
    import polars as pl

    source, file = Path(folder), str(folder)
    try:
        head = json.loads((source / MANIFEST).read_text(encoding="utf-8"))
        if not isinstance(head, dict) or head.get("format") != FORMAT:
            raise InputError("are not tables of a cohort", file=file, field="format", expected=FORMAT)
        for name in _FILES:
            if _checksum(source / f"{name}.parquet") != head["sha256"][name]:
                raise InputError("was changed after it was written", file=str(source / f"{name}.parquet"))
        with refusing_damage("are damaged tables", "a folder as it was written"):
            frames = {name: pl.read_parquet(source / f"{name}.parquet", glob=False) for name in _FILES}
        strata = frames.pop("strata")
        frames["strata"] = strata.select("stratum").hstack(read_fields(strata))
        return Tables(
            name=str(head["name"]),
            sites=tuple(head["sites"]),
            bands=tuple(map(float, head["bands"])),
            since=tuple(map(float, head["since"])),
            window_years=float(head["window_years"]),
            patients=int(head["patients"]),
            smallest=int(head["smallest"]),
            suppressed=dict(head["suppressed"]),
            cohort_id=head.get("cohort_id"),
            digest=head.get("digest"),
            **frames,
        )
    except InputError as error:
        raise error.at(file=file) from None
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", file=file) from None
    except (KeyError, TypeError, ValueError, pl.exceptions.PolarsError):
        # The library's own message may quote a cell.
        raise InputError("are damaged tables", file=file, expected="a folder as it was written") from None


def added(parts: Sequence[Tables], name: str) -> Tables:
    """Add up the shared tables of several centres.

    Raises
    ------
    InputError
        Local tables, which stay in their house, or tables whose sites, bands or window differ.
    """
    import polars as pl

    first = parts[0]
    for part in parts:
        if not part.shared:
            raise InputError(
                "are local tables and stay in the house", value=part.name, expected="shared tables"
            )
        for field in _SAME:
            if getattr(part, field) != getattr(first, field):
                raise InputError("differ between the tables", field=field, value=part.name)
    strata = (
        pl.concat([part.strata.select(FIELDS) for part in parts]).unique(maintain_order=True).sort(FIELDS)
    )
    strata = strata.with_row_index("stratum").with_columns(pl.col("stratum").cast(pl.Int64))
    frames = {}
    for table in TABLES:
        rows = [
            getattr(part, table)
            .join(part.strata, on="stratum")
            .drop("stratum")
            .join(strata, on=FIELDS, nulls_equal=True)
            .drop(FIELDS)
            for part in parts
        ]
        frames[table] = summed(pl.concat(rows, how="diagonal"), table)
    return Tables(
        name,
        first.sites,
        first.bands,
        first.since,
        first.window_years,
        sum(part.patients for part in parts),
        min(part.smallest for part in parts),
        strata,
        suppressed={key: sum(p.suppressed.get(key, 0) for p in parts) for key in KEYS},
        cohort_id=None,
        digest=None,
        **frames,
    )


def _checksum(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
