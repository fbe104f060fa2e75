"""Mappings: what they may say, and what each mistake is told."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from organotropism.cohort import mapping as module
from organotropism.cohort.mapping import parse_mapping, read_mapping
from organotropism.errors import InputError

ROOT = Path(__file__).resolve().parents[2]
GOOD: dict[str, Any] = {
    "columns": {"id": "ID"},
    "times": {"unit": "days", "follow_up": "T", "died": "D", "empty": "not found"},
    "sites": {"bone": "B"},
}


def changed(**sections: Any) -> dict[str, Any]:
    content = deepcopy(GOOD)
    for name, value in sections.items():
        if isinstance(value, dict) and name in content:
            content[name].update(value)
        else:
            content[name] = value
    return content


def test_short_and_long_forms_mean_the_same() -> None:
    short = parse_mapping(changed(events={"file": "e.csv", "id": "I", "site": "S", "time": "T"}))
    long = parse_mapping(
        changed(
            columns={"id": {"column": "ID"}},
            sites={"bone": {"time": {"column": "B"}}},
            events=[{"file": "e.csv", "id": "I", "site": {"column": "S"}, "time": {"column": "T"}}],
        )
    )
    assert short == long
    assert short.with_window(60).window_days == 60
    assert short.with_window(60).events == short.events
    assert parse_mapping(changed(only={"A": 1})).only == {"A": ("1",)}
    assert parse_mapping(changed(columns={"er": {"column": "E", "codes": {"1": True}}})).columns[
        "er"
    ].codes == {"1": "true"}


MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "unknown section": (changed(colums={}), '"colums" is not a known field (did you mean "columns"?)'),
    "unknown key": (
        changed(times={"folow_up": "x"}),
        'times: "folow_up" is not a known field (did you mean "follow_up"?)',
    ),
    "unit of time": (changed(times={"unit": "weeks"}), 'times.unit: "weeks" cannot be used'),
    "unit of one time": (
        changed(times={"follow_up": {"column": "T", "unit": "cm"}}),
        'times.follow_up: "cm" is not a unit of time; expected days, 30-day months, months, years or dates',
    ),
    "unknown field": (
        changed(columns={"agee": "A"}),
        'columns.agee: "agee" is not a field of a patient (did you mean "age"?)',
    ),
    "unit of a size": (
        changed(columns={"size_mm": {"column": "S", "unit": "inch"}}),
        'columns.size_mm: "inch" is not a unit of this field; expected mm or cm',
    ),
    "unit of a receptor": (
        changed(columns={"er": {"column": "S", "unit": "mm"}}),
        "expected no unit for this field",
    ),
    "format of a covariate": (
        changed(columns={"er": {"column": "S", "format": "%Y"}}),
        "columns.er: is no date",
    ),
    "unknown site": (changed(sites={"spleen!": "S"}), 'sites.spleen!: "spleen!" is not a site'),
    "what empty means": (
        {**GOOD, "times": {"unit": "days", "follow_up": "T", "died": "D"}},
        "times.empty: is missing; expected not found or not recorded",
    ),
    "dates without diagnosis": (changed(times={"unit": "dates"}), "times.diagnosis: is missing"),
    "no follow-up": (
        {**GOOD, "times": {"unit": "days", "died": "D", "empty": "not found"}},
        "times.follow_up: is needed for a series 'from diagnosis'",
    ),
    "prevalent without entry": (
        changed(series="prevalent metastatic"),
        "times.entry: is needed for a series 'prevalent metastatic'",
    ),
    "nothing of distant disease": ({**GOOD, "sites": {}}, "says nothing of distant disease"),
    "table that is none": (
        changed(columns={"er": {"column": "E", "table": "s"}}),
        'columns.er.table: "s" is not one of the tables',
    ),
    "tables without ids": (
        {**GOOD, "columns": {}, "tables": {"s": {"file": "s.csv", "id": "I"}}},
        "columns.id: is missing",
    ),
    "name of an extra": (changed(extra={"age": "A"}), '"age" cannot be the name of a further column'),
    "window": (changed(window_days=-1), "window_days: -1 is out of range"),
    "unit of events": (
        changed(events={"file": "e", "id": "i", "site": "s", "time": {"column": "t", "unit": "mm"}}),
        'events.time: "mm" is not a unit of time',
    ),
    "dates of events": (
        changed(events={"file": "e", "id": "i", "site": "s", "time": {"column": "t", "unit": "dates"}}),
        "times.diagnosis: is missing",
    ),
    "events in another table": (
        changed(events={"file": "e", "id": "i", "site": {"column": "s", "table": "x"}}),
        "events 1: must stand in the table of events itself",
    ),
    "format without a year": (changed(times={"format": "%d.%m."}), 'times.format: "%d.%m." is not a format'),
    "format that is none": (
        changed(times={"format": "%Q%Y"}),
        'times.format: "%Q%Y" is not a format of dates',
    ),
    "format of a site": (
        changed(sites={"bone": {"time": {"column": "B", "format": "xx"}}}),
        'sites.bone.time.format: "xx" is not a format of dates',
    ),
    "no times": ({"columns": {"id": "I"}}, "times.follow_up: is needed for a series 'from diagnosis'"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_are_told(mistake: str) -> None:
    content, message = MISTAKES[mistake]
    with pytest.raises(InputError) as found:
        parse_mapping(content, "m.toml")
    assert message in str(found.value)
    assert str(found.value).startswith("m.toml")


@pytest.mark.parametrize(
    "content, message",
    [
        (b"a = ", "is not valid TOML"),
        (b"\xff\xfe", "is not valid TOML"),
        (b"x = " + b"[" * 5000, "is not valid TOML"),
    ],
)
def test_files_that_are_no_mapping(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "m.toml"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_mapping(path)


def test_a_missing_or_huge_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="No such file"):
        read_mapping(tmp_path / "m.toml")
    monkeypatch.setattr(module, "LARGEST_MAPPING", 10)
    (tmp_path / "m.toml").write_text("# long enough")
    with pytest.raises(InputError, match="too large for a mapping"):
        read_mapping(tmp_path / "m.toml")


@pytest.mark.parametrize("name", ["metabric.toml", "cohort.toml"])
def test_shipped_mappings_are_read(name: str) -> None:
    assert read_mapping(ROOT / "examples" / name).columns["id"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.dictionaries(st.sampled_from([*GOOD, "series", "events", "only", "extra", "tables", "source"]), JSON)
)
def test_any_content_is_a_mapping_or_one_error(content: dict[str, Any]) -> None:
    try:
        parse_mapping({**GOOD, **content})
    except InputError as error:
        assert str(error)
