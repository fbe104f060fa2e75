"""The page on markers: its commands and its Python run, and its table holds all markers."""

import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

from organotropism.cli.marker_evidence import definitions, genes
from organotropism.markers.definitions import Definition, Kind
from organotropism.markers.effects import why_no_effect

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "markers.md"
COMMANDS = re.findall(
    r"^ +organotropism ((?:markers|predict) (?!PATIENT).*)$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE
)
COLUMNS = (
    "marker",
    "compartment",
    "points to",
    "grade",
    "rule",
    "genes",
    "can be carried out",
    "moves the forecast",
)


def carried_out(definition: Definition) -> str:
    """What can be done with a marker."""
    if definition.kind == Kind.SIGNED_SET:
        return "score, published signs"
    return {Kind.UNPUBLISHED: "no", Kind.STATED: "as reported"}.get(definition.kind, "rank, or own cut-off")


def table() -> str:
    """The table of the page."""
    lines = [f"| {' | '.join(COLUMNS)} |", "|---" * len(COLUMNS) + "|"]
    for d in definitions():
        away = f", away from {', '.join(d.away)}" if d.away else ""
        cells = (
            f"`{d.id}`",
            d.compartment,
            ", ".join(d.sites) + away,
            d.grade,
            d.kind,
            str(len(d.genes) or "-"),
            carried_out(d),
            "yes" if not why_no_effect(d) else f"no: {why_no_effect(d)}",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def test_table_is_that_of_the_evidence() -> None:
    assert table() in GUIDE.read_text(encoding="utf-8")


def test_counts_in_the_text() -> None:
    kinds = Counter(d.kind for d in definitions())
    text = GUIDE.read_text(encoding="utf-8")
    scored = len(definitions()) - kinds[Kind.UNPUBLISHED] - kinds[Kind.STATED]
    assert f"- {scored} have a rule that can be scored" in text
    assert f"{kinds[Kind.UNPUBLISHED]} were never published" in text
    assert f"{kinds[Kind.STATED]} need another assay" in text
    assert f"the {len(genes().symbols)} genes that some panel needs" in text
    assert sum(not why_no_effect(d) for d in definitions()) == 1


@pytest.mark.parametrize("command", COMMANDS)
def test_command(run, model_file, tmp_path, monkeypatch, command: str) -> None:
    pytest.importorskip("altair")
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    words = command.split()
    model = ["--model", model_file] if words[:2] != ["markers", "list"] and words[1] != "show" else []
    assert run(*words, *model).code == 0


def test_commands_were_found() -> None:
    assert len(COMMANDS) == 7


@pytest.mark.parametrize(
    "number, printed",
    [(0, "SIHTO_BONE rank within the cohort"), (1, "Estimate(risk=0.")],
    ids=["scores", "cohort"],
)
def test_python(tmp_path, monkeypatch, capsys, number: int, printed: str) -> None:
    blocks = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 2
    # The page tells of the forecast before it tells of Python in general.
    code = blocks[1 - number]
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    exec(compile(code, str(GUIDE), "exec"), {})
    assert printed in capsys.readouterr().out
