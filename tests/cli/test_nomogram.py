"""``organotropism nomogram`` from the outside."""

import csv
import json
from io import StringIO
from pathlib import Path

import pytest

from cli.conftest import Run


@pytest.fixture
def nomogram(run: Run, model_file: Path) -> Run:
    """Run `nomogram` with the toy model."""
    return lambda *arguments: run("nomogram", "--model", model_file, *arguments)


def test_text_and_table(nomogram: Run) -> None:
    result = nomogram("--site", "brain")
    assert result.code == 0
    for words in (
        "Brain: metastasis found within 10 years",
        "Positive nodes",
        "unknown",
        "percentage points off",
    ):
        assert words in result.out
    rows = list(csv.DictReader(StringIO(nomogram("--site", "brain", "--format", "csv").out)))
    assert {row["kind"] for row in rows} == {"points", "total"}
    document = json.loads(nomogram("--quantity", "several", "--format", "json").out)
    assert document["scale"] == "logit"
    assert document["target"]["horizon"] is None


def test_figure(nomogram: Run, tmp_path: Path) -> None:
    pytest.importorskip("vl_convert", reason="PNG needs the extra report")
    arguments = ("--quantity", "any", "--subtype", "TNBC", "--horizon", "5")
    assert nomogram(*arguments, "--out", tmp_path / "n.svg").code == 0
    assert (tmp_path / "n.svg").read_text(encoding="utf-8").startswith("<svg")
    assert nomogram(*arguments, "--out", tmp_path / "n.png").code == 0
    assert (tmp_path / "n.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), "--site: is missing; expected bone"),
        (("--site", "brian"), 'did you mean "brain"?'),
        (("--site", "bone", "--quantity", "evr"), 'did you mean "ever"?'),
        (("--site", "bone", "--quantity", "any"), "no site"),
        (("--quantity", "several", "--horizon", "5"), "no horizon"),
        (("--site", "bone", "--horizon", "25"), "more than 0 to 20"),
        (("--site", "bone", "--horizon", "5,10"), "one number of years"),
        (("--site", "bone", "--subtype", "basal"), "is not a subtype"),
        (("--site", "bone", "--format", "html"), "is not a format of this command"),
    ],
)
def test_wrong_input_is_named(nomogram: Run, arguments: tuple[str, ...], expected: str) -> None:
    result = nomogram(*arguments)
    assert result.code == 2
    assert expected in result.err
    assert result.out == ""
