"""What is published on molecular markers, counted by compartment."""

from organotropism.evidence import associations, by_compartment
from organotropism.vocabulary import Compartment


def test_every_association_of_a_compartment_is_counted_once() -> None:
    found = by_compartment()
    assert [entry["block"] for entry in found] == list(Compartment)
    for entry in found:
        rows = [row for row in associations() if row.domain == entry["block"]]
        assert entry["associations"] == len(rows) > 0
        assert sum(entry["grades"].values()) == len(rows)
        assert entry["effects"] + sum(entry["reasons"].values()) == len(rows)
        assert entry["studies"] <= entry["effects"]
        assert list(entry["reasons"].values()) == sorted(entry["reasons"].values(), reverse=True)


def test_an_effect_in_patients_has_an_interval_and_human_breast_evidence() -> None:
    for row in associations():
        if row.domain in set(Compartment) and row.usable == "model":
            assert row.evidence_grade in {"A", "B"}
            assert row.se is not None or row.n_exposed is not None
