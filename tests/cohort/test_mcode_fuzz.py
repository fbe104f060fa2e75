"""Hostile bundles: each is used, or set aside and counted, whatever stands in it; no value is told."""

from __future__ import annotations

import copy
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from mcode_bundles import (
    ER,
    HER2,
    LOINC,
    PR,
    SNOMED,
    Resource,
    bundle,
    concept,
    medicine,
    no_metastasis,
    observation,
    patient,
    primary,
    renamed,
    secondary,
    visit,
)
from organotropism.cohort import check
from organotropism.cohort.mcode_import import import_mcode
from organotropism.cohort.mcode_patient import is_fhir, patient_from_bundle
from organotropism.cohort.mcode_source import Bundles
from organotropism.cohort.report import KINDS
from organotropism.cohort.table import Import
from organotropism.errors import InputError
from organotropism.patient import Patient

#: Making a bundle smaller takes minutes; the first one that fails tells enough.
NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)
#: A value that no message, no log and no report may repeat.
SECRET = "Zebedee"
DATES = ["2010-03-01", "2013", "2013-05", "2009-12-31", "2031-01-01", "0000", "2010-02-30", "", SECRET, None]
NUMBERS = [0, 1, -1, 0.5, 2.2, 99, 1e300, -1e300, float("nan"), float("inf"), 10**400, "7", True]
VALUES: list[Any] = [None, [], {}, "", SECRET, "\ud800", "\0", [[]], [None], {"a": 1}, *DATES, *NUMBERS]
CODES = [
    "10828004",
    "260385009",
    "94222008",
    "C79.5",
    "1229916009",
    "1229901006",
    "8500/3",
    "8500/2",
    SECRET,
    "x" * 999,
]


def _piece() -> st.SearchStrategy[Resource]:
    """A resource as it may well stand in a bundle."""
    date = st.sampled_from(DATES)
    code = st.sampled_from(CODES)
    text = st.sampled_from(["2+", "3+", "cT2", "ypN1", "pM1", "grade 2", "Positive", "tamoxifen", SECRET])
    value = st.fixed_dictionaries(
        {},
        optional={
            "valueCodeableConcept": st.builds(concept, code) | st.builds(lambda t: {"text": t}, text),
            "valueQuantity": st.fixed_dictionaries(
                {"value": st.sampled_from(NUMBERS), "unit": st.sampled_from(["mm", "cm", "%", "1", SECRET])}
            ),
            "valueInteger": st.sampled_from(NUMBERS),
            "valueBoolean": st.booleans(),
        },
    )
    codes = [
        "85337-4",
        "85319-2",
        "85318-4",
        "85330-9",
        "21889-1",
        "21893-3",
        "44648-4",
        "21905-5",
        "21907-1",
    ]
    return st.one_of(
        st.sampled_from([ER, PR, HER2]),
        st.builds(lambda c, d, v: observation(c, LOINC, d, **v), st.sampled_from(codes), date, value),
        st.builds(lambda d, v: observation("1287652008", SNOMED, d, **v), date, value),
        st.builds(no_metastasis, date),
        st.builds(secondary, st.sampled_from(["94222008", "94225005", "94392001", None]), date),
        st.builds(
            lambda d, s: secondary("94381002", d, verificationStatus=concept(s)),
            date,
            st.sampled_from(["refuted", "entered-in-error", "provisional"]),
        ),
        st.builds(lambda d: primary(onsetDateTime=d), date),
        st.builds(lambda d: visit(d or ""), date),
        st.builds(lambda t, d: medicine(t, d or ""), text, date),
    )


@st.composite
def hostile(draw: st.DrawFn, name: str) -> Resource:
    """A bundle of pieces, in which some places then hold anything."""
    person = patient(
        birthDate=draw(st.sampled_from(DATES)),
        **draw(
            st.fixed_dictionaries(
                {},
                optional={
                    "deceasedDateTime": st.sampled_from(DATES),
                    "deceasedBoolean": st.booleans(),
                    "gender": st.sampled_from(["female", "male", "other", SECRET]),
                },
            )
        ),
    )
    pieces = draw(st.lists(_piece(), max_size=6))
    content = renamed(bundle(person, primary(), *pieces), name)
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2, 4]))):
        _spoil(draw, content)
    return content


def _spoil(draw: st.DrawFn, content: Any) -> None:
    """Replace, remove or repeat something somewhere."""
    place = content
    for _ in range(draw(st.integers(0, 6))):
        inner = [
            v
            for v in (place.values() if isinstance(place, dict) else place)
            if isinstance(v, dict | list) and v
        ]
        if not inner:
            break
        place = draw(st.sampled_from(inner))
    keys = list(place) if isinstance(place, dict) else list(range(len(place)))
    if not keys:
        return
    key = draw(st.sampled_from(keys))
    action = draw(st.sampled_from(["replace", "replace", "remove", "repeat"]))
    if action == "replace":
        place[key] = copy.deepcopy(draw(st.sampled_from(VALUES)))
    elif action == "remove":
        del place[key]
    elif isinstance(place, list):
        place.append(copy.deepcopy(place[key]))


def assert_accounted(result: Import, records: int) -> None:
    """Bundles read are used or set aside, once; what is used is the cohort; nothing of a patient is told."""
    report = result.report
    # Without any bundle the lines are read as single resources.
    bundles = report.patients.role == Bundles.role
    assert (report.patients.read if bundles else sum(t.read for t in report.tables[1:])) == records
    for account in report.tables:
        assert account.used >= 0
        assert account.read == account.used + sum(map(len, account.aside.values()))
    numbers = [row for rows in report.patients.aside.values() for row in rows]
    assert len(numbers) == len(set(numbers))
    text = json.dumps(report.to_dict(rows=True), allow_nan=False)
    assert SECRET.casefold() not in text.casefold()
    for column in report.columns:
        assert sum(len(column.counts[kind]) for kind in KINDS if kind != "contradictory") <= column.cells
    if result.cohort is None:
        assert report.patients.used == 0
        assert SECRET not in str(result.problem)
        return
    assert len(result.cohort) == report.patients.used
    assert check(result.cohort) == []
    assert not np.isneginf(result.cohort.site_time).any()
    result.cohort.patients()


def as_line(content: Any) -> bytes:
    return json.dumps(content).encode()


# More are read with HYPOTHESIS_PROFILE=explore, max_examples raised and --hypothesis-seed.
@settings(max_examples=120, phases=NO_SHRINKING)
@given(st.data())
def test_every_hostile_bundle_is_accounted_for(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    count = data.draw(st.integers(1, 4))
    lines = [as_line(data.draw(hostile(f"p{number}"))) for number in range(count)]
    if data.draw(st.booleans()):
        garbage = [b"{", b"[]", b"\xff\xfe", b"null", b'"x"', b"[" * 5000, SECRET.encode(), b'{"entry":[]}']
        lines.append(data.draw(st.sampled_from(garbage)))
    path = tmp_path_factory.mktemp("m") / "b.ndjson"
    path.write_bytes(b"\n".join(lines) + b"\n")
    absent = data.draw(st.sampled_from(["not recorded", "not found"]))
    assert_accounted(import_mcode(path, absent=absent), len(lines))


@settings(max_examples=100, phases=NO_SHRINKING)
@given(st.data())
def test_every_hostile_line_of_a_bulk_export_is_accounted_for(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Resources of several patients, in any order, in one file or two."""
    bundles = [data.draw(hostile(f"p{number}")) for number in range(data.draw(st.integers(1, 3)))]
    entries = [entry for content in bundles for entry in _listed(content.get("entry"))]
    lines = [as_line(entry.get("resource") if isinstance(entry, dict) else entry) for entry in entries]
    # A bundle among them would turn all others into what is no bundle.
    lines = [line for line in lines if b'"resourceType": "Bundle"' not in line]
    garbage = [b"{", b"[]", b"\xff\xfe", b"null", b'"x"', b"[" * 5000, SECRET.encode(), b'{"id":"p0"}']
    lines += data.draw(st.lists(st.sampled_from(garbage), max_size=2))
    data.draw(st.randoms(use_true_random=False)).shuffle(lines)
    folder = tmp_path_factory.mktemp("m")
    place = data.draw(st.integers(0, len(lines)))
    for name, part in (("a", lines[:place]), ("b", lines[place:])):
        (folder / f"{name}.ndjson").write_bytes(b"".join(line + b"\n" for line in part))
    # Whatever the lines are, one resource among them says that they are not bundles.
    with open(folder / "b.ndjson", "ab") as file:
        file.write(as_line(patient(id="last")) + b"\n")
    result = import_mcode(folder, absent=data.draw(st.sampled_from(["not recorded", "not found"])))
    assert_accounted(result, len(lines) + 1)


def _listed(entries: Any) -> list[Any]:
    return entries if isinstance(entries, list) else []


@settings(max_examples=80, phases=NO_SHRINKING)
@given(st.data())
def test_a_hostile_bundle_becomes_a_patient_or_an_error_without_values(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("m") / "b.json"
    path.write_bytes(as_line(data.draw(hostile("p"))))
    is_fhir(path)
    try:
        found = patient_from_bundle(path)
    except InputError as error:
        assert path.name in str(error)
        assert SECRET not in str(error)
        return
    assert SECRET not in " ".join(found.notes)
    fields = dict(found.fields)
    if not {"er", "pr", "her2", "subtype"} & fields.keys():
        fields["er"] = "positive"  # the record asks for one receptor
    Patient.parse(fields)
