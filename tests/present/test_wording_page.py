"""The English that people read keeps its rules, wherever it stands."""

import re

import pytest

from organotropism.patient import Patient
from organotropism.present import wording, wording_figures, wording_page
from organotropism.process import document


def texts(value):
    """Every text of a constant."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from texts([*value.values()])
    elif isinstance(value, tuple | list):
        for part in value:
            yield from texts(part)


ALL = [
    (module.__name__.rpartition(".")[2], name, text)
    for module in (wording, wording_figures, wording_page, document)
    for name, value in vars(module).items()
    if name.isupper() and not name.startswith("_")
    for text in texts(value)
]


@pytest.mark.parametrize("module, name, text", ALL, ids=lambda value: str(value)[:24])
def test_texts(module, name, text):
    assert not re.search(r"\byou|\bwill\b|confidence interval|\bsafe\b", text, re.IGNORECASE)
    assert text == text.strip()


def test_intervals_have_their_name():
    named = "uncertainty of the evidence"
    assert all(
        named in text for text in (wording.INTERVAL, wording_page.BRACKETS, wording_page.EXPECTED_BRACKETS)
    )


def test_fields_as_entered():
    patient = Patient(
        er="positive",
        age=61.5,
        size_mm=12,
        radiotherapy=False,
        involved="bone@1;lung@2.5",
        other_treatments="x; y",
    )
    assert wording_page.entered(patient) == [
        ("Age at diagnosis", "61.5 years"),
        ("Oestrogen receptor", "positive"),
        ("Size", "12 mm"),
        ("Radiotherapy", "no"),
        ("Other treatments", "x, y"),
        ("Distant sites known", "bone at 1 year, lung at 2.5 years"),
        ("Known as of", "2.5 years"),
    ]
    assert wording_page.entered(Patient(er="positive", free_for=1))[1] == (
        "Free of distant disease for",
        "1 year",
    )


def test_men_are_not_called_women():
    assert wording_page.women(Patient(er="positive", sex="male")) == "men"
    assert wording_page.women(Patient(er="positive")) == "women"


@pytest.mark.parametrize(
    "risk, among, text",
    [
        (0.09, 100, "about 91 not"),
        (0.0004, 1000, "over 999 not"),
        (0.0, 100, "over 99 not"),
        (1.0, 100, "about 0 not"),
    ],
)
def test_the_other_framing(risk, among, text):
    assert wording_figures.without(risk, among) == text
