import re

import pytest

from organotropism.patient import Patient
from organotropism.present import text as room
from organotropism.present.numbers import estimate, frequency, percent
from organotropism.present.text import forecast_text
from toy import KNOWN, toy_model

FULL = KNOWN | {
    "chemotherapy": "third generation",
    "endocrine_therapy": True,
    "m": "M0",
}
# What is unknown multiplies the cells that a forecast averages over: these leave few, for speed.
SPARSE = {"er": "negative", "her2": "negative", "age": 50, "grade": 2, "size_mm": 20, "free_for": 3}
METASTATIC = {
    "subtype": "TNBC",
    "involved": "bone@2.5;lung@3",
    "as_of": 4,
    "age": 50,
    "grade": 3,
    "size_mm": 20,
}
PATIENTS = {"full": FULL, "sparse": SPARSE, "metastatic": METASTATIC}


def forecast(fields, **options):
    return toy_model().forecast(Patient.parse(fields), **options)


def flat(text):
    """The text without its line breaks."""
    return re.sub(r"\s+", " ", text)


@pytest.mark.parametrize("fields", PATIENTS.values(), ids=PATIENTS)
@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_width(fields, width):
    lines = forecast_text(forecast(fields), width=width).splitlines()
    assert max(map(len, lines)) <= min(width, 100)
    assert all(line == line.rstrip() for line in lines)


@pytest.mark.parametrize("width", [80, 100])
@pytest.mark.parametrize("fields", [FULL, SPARSE], ids=["full", "sparse"])
def test_every_number_is_shown(fields, width):
    result = forecast(fields)
    text = flat(forecast_text(result, width=width))
    for h in (5, 10):
        shown = [estimate(result.any(h)), frequency(result.any(h).risk)]
        for site in toy_model().layout.sites:
            risks = [result.site(site, quantity, h) for quantity in ("first", "only", "ever")]
            shown.append(" ".join([*map(estimate, risks), frequency(risks[-1].risk)]))
        assert [part for part in shown if part not in text] == []
    for site in toy_model().layout.sites:
        assert f"{site} {estimate(result.site(site, 'given'))}" in text
    assert f"more than one site {estimate(result.several)}" in text


@pytest.mark.parametrize("fields", PATIENTS.values(), ids=PATIENTS)
def test_what_a_reader_must_know(fields):
    text = flat(forecast_text(forecast(fields), width=80))
    assert "uncertainty of the evidence" in text
    assert "The level of risk is uncertain in this model" in text
    assert "Model: toy, version 0." in text
    assert "For research, not for treatment or imaging decisions." in text
    assert f"Speaks of: {toy_model().speaks_of}" in text
    assert not re.search(r"\byou", text, re.IGNORECASE)


def test_both_framings():
    text = flat(forecast_text(forecast(SPARSE), width=80))
    found = re.findall(
        r"Of 100 such women, about (\d+) have distant disease found .*?; about (\d+) do not", text
    )
    assert len(found) == 2
    assert {int(with_it) + int(without) for with_it, without in found} == {100}


def test_known_metastases_leave_further_sites():
    text = forecast_text(forecast(METASTATIC), width=80)
    sites = re.findall(r"^(any|bone|lung|liver|brain|other) ", text, re.MULTILINE)
    assert sites == ["liver", "brain", "other"]
    assert "Known: bone (found at 2.5 years), lung (found at 3 years)" in text
    assert "first" not in text
    assert "whether" not in text
    assert "5 (9)" in text  # both clocks: five years from now are nine from diagnosis


def test_both_clocks_when_free_of_disease():
    text = forecast_text(forecast(SPARSE), width=80)
    assert "Free of distant disease 3 years after diagnosis." in text
    assert "5 (8)" in text


def test_reasons_name_their_studies():
    text = forecast_text(forecast({**FULL, "er": "negative", "pr": "negative"}), width=100)
    row = re.search(r"^TNBC .*\n  (.*)$", text, re.MULTILINE)
    assert row is not None
    assert "kennecke2010" in row[1]
    assert "PREDICT v3.2" in row[1]


def test_reasons_are_what_is_known():
    text = forecast_text(forecast(SPARSE), width=100)
    reasons = text[text.index("Main reasons") : text.index("whether/when: hazard")]
    assert "HR+/HER2- or TNBC" in reasons
    assert not re.search("nodes|histology|unknown", reasons)


def test_unknown_inputs_that_matter():
    text = forecast_text(forecast(SPARSE), width=100)
    best = forecast(SPARSE).unknown[0]
    assert f"\n  {room.wording.field_text(best.field)}: {best.site} within 10 years from " in text
    assert "Unknown inputs" not in forecast_text(forecast(METASTATIC), width=100)


def test_warnings():
    assert "\nWarnings\n  M unknown: taken as M0\n" in forecast_text(forecast(SPARSE), width=100)
    assert "Warnings" not in forecast_text(forecast(FULL), width=100)


def test_year_and_baseline():
    first = " ".join(forecast_text(forecast(FULL)).split("\n\n")[0].split())
    assert (
        "(no year stated: the latest that the evidence covers; any distant disease within 10 years" in first
    )
    # What a stated year would change is the forecast with it.
    early = forecast(FULL, year=forecast(FULL).table.model.years[0])
    assert f"{percent(early.any(10).risk)} if diagnosed {early.year})" in first
    assert "population-based" in first
    stated = forecast_text(forecast(FULL, year=2001, baseline="mariotto2018"))
    assert "diagnosed 2001, in Women of a registry, 1990-2013 (mariotto2018)." in stated


def test_horizons_beyond_the_evidence_are_left_out():
    text = forecast_text(forecast({**SPARSE, "free_for": 12}), width=80)
    assert "5 (17)" in text
    assert "10 (22)" not in text
    assert "no forecast at 10 years" in text


def test_without_intervals():
    text = forecast_text(forecast(FULL, intervals=False))
    assert "In brackets" not in text
    assert not re.search(r"% \(", text)


def test_colour_only_marks():
    plain, marked = (forecast_text(forecast(FULL), colour=colour) for colour in (False, True))
    assert "\x1b" not in plain
    assert "\x1b[1m" in marked
    words = [re.sub(r"\x1b\[[0-9;]*m", "", text).split() for text in (plain, marked)]
    assert words[0] == words[1]


def test_labels_cannot_write_to_the_terminal():
    text = forecast_text(forecast({**FULL, "id": "a\x1b[31m[bold]b[/bold]"}))
    assert "\x1b" not in text
    assert "\na\\x1b[31m[bold]b[/bold]: " in text
