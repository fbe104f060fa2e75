"""The guide on describing a cohort does what it says."""

import re
import shlex
from pathlib import Path

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "describe.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^    organotropism (cohort .*)$", GUIDE, re.MULTILINE)
FILES = {
    name
    for line in re.findall(r"^\| (`.*?) \|", GUIDE, re.MULTILINE)
    for name in re.findall(r"`(.*?)`", line)
}


def test_commands(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for command in COMMANDS:
        result = run(*shlex.split(command))
        assert result.code == 0, result.err
    for folder in ("report", "report_to_send"):
        assert {path.name for path in (tmp_path / folder).iterdir()} == FILES | {"report.html"}
    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    assert page.count("<svg") == page.count('role="img"') > 10
    assert "<script" not in page
    wrong = run("cohort", "describe", "cohort.parquet", "--by", "subtyp", "--out", "other")
    assert wrong.code == 2
    assert "did you mean" in wrong.err
    assert not (tmp_path / "other").exists()
