"""Commands and programs of the pages without a test of their own run; none of any page is forgotten."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from cli.conftest import Run

ROOT = Path(__file__).resolve().parents[2]
#: Page, and the tests that run its commands and programs.
ELSEWHERE = {
    "describe.md": "cli/test_describe_guide.py",
    "omop.md": "cohort/test_omop.py",
    "cohorts.md": "cli/test_cohort_guide.py",
    "evidence.md": "cli/test_evidence_guide.py",
    "explain.md": "cli/test_explain_guide.py",
    "formats.md": "cli/test_formats_guide.py",
    "markers.md": "cli/test_markers_guide.py",
    "user-guide.md": "cli/test_user_guide.py",
    "validate.md": "cli/test_validate_guide.py",
    "vignettes.md": "cli/test_user_guide.py",
}
#: Commands of other pages that are not run here, and what runs them.
NOT_HERE = {
    "organotropism app": "tests/app starts the server",
    "organotropism learn literature --with own.csv --out model.json": "minutes; tests/cli/test_learn.py",
    "organotropism learn literature --compare": "minutes; `dev.py rebuild`",
}


def commands(page: Path) -> list[str]:
    """Command lines of a page, indented or in a console block, without their comments."""
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [*re.findall(r"^    (organotropism .*)$", text, re.MULTILINE), *"".join(blocks).splitlines()]
    found = [line.partition(" #")[0].strip() for line in lines]
    return [line for line in found if line.startswith("organotropism ")]


def programs(page: Path) -> list[str]:
    """Blocks of Python of a page."""
    return re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


PAGES = {page.name: page for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]}
HERE = {name: page for name, page in PAGES.items() if name not in ELSEWHERE}
# Those on METABRIC need its data: test_cohort_guide.py and tests/validation run them.
CHAINS = {
    name: [line for line in commands(page) if line not in NOT_HERE and "metabric" not in line]
    for name, page in HERE.items()
}
CHAINS = {name: chain for name, chain in CHAINS.items() if chain}
PROGRAMS = [(name, program) for name, page in HERE.items() for program in programs(page)]


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the examples, and with the files that the page on learning calls the reader's own."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    shutil.copy(ROOT / "examples" / "cohort.csv", tmp_path / "patients.csv")
    shutil.copy(ROOT / "examples" / "cohort.toml", tmp_path / "mapping.toml")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("page", CHAINS)
def test_commands(run: Run, clone: Path, page: str) -> None:
    pytest.importorskip("duckdb")
    pytest.importorskip("altair")
    for command in CHAINS[page]:
        few = ["--bootstrap", "3", "--folds", "2"] if " validate " in command else []
        result = run(*shlex.split(command)[1:], *few)
        assert result.code == 0, command + "\n" + result.err
        for name in re.findall(r"--out (\S+)", command):
            assert (clone / name).exists(), command


@pytest.mark.parametrize(("page", "program"), PROGRAMS)
def test_program(page: str, program: str) -> None:
    exec(compile(program, page, "exec"), {})


def test_pages_with_tests_of_their_own_are_named_by_them() -> None:
    for page, module in ELSEWHERE.items():
        assert page in (ROOT / "tests" / module).read_text(encoding="utf-8"), page
        assert commands(PAGES[page])


def test_no_exception_outlives_its_command() -> None:
    assert {line for page in HERE.values() for line in commands(page)} >= set(NOT_HERE) - {
        "organotropism learn literature --compare"
    }


def test_the_pages_here() -> None:
    assert set(CHAINS) == {"README.md", "index.md", "learning.md"}
    assert {name for name, _ in PROGRAMS} == {"README.md", "api.md"}
