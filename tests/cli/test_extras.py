"""An installation that lacks an extra says which, before any work is done."""

import subprocess
import sys
from pathlib import Path

import pytest

from organotropism.cli.extras import EXTRAS

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
COHORT = str(EXAMPLES / "cohort.csv")
#: Runs a command as if some packages were not installed.
WITHOUT = """
import sys
from importlib.machinery import PathFinder

hidden, find = set(sys.argv[1].split(",")), PathFinder.find_spec
PathFinder.find_spec = lambda name, *more: None if name.split(".")[0] in hidden else find(name, *more)
from organotropism.cli import main
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.parametrize(
    ("extra", "arguments"),
    [
        ("report", ["predict", str(EXAMPLES / "patient.toml"), "--format", "html"]),
        ("report", ["validate", "literature", COHORT, "--out", "OUT"]),
        ("report", ["nomogram", "--quantity", "any", "--horizon", "10", "--out", "OUT.png"]),
        ("cohort", ["learn", "cohort", COHORT, "--out", "OUT.json"]),
        ("cohort", ["cohort", "tabulate", COHORT, "--out", "OUT"]),
        (
            "cohort",
            ["cohort", "import", "BOOK.xlsx", "--map", str(EXAMPLES / "cohort.toml"), "--out", "OUT.csv"],
        ),
        ("compare", ["validate", "literature", COHORT, "--compare", "--out", "OUT"]),
        ("markers", ["markers", "score", "FILE.h5ad", "--out", "OUT"]),
        ("app", ["app", "--no-browser"]),
    ],
)
def test_the_extra_is_named(extra: str, arguments: list[str], tmp_path: Path) -> None:
    for name in ("BOOK.xlsx", "FILE.h5ad"):
        (tmp_path / name).write_bytes(b"x")
    command = [sys.executable, "-c", WITHOUT, ",".join(EXTRAS[extra]), *arguments]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert f'pip install "organotropism[{extra}]"' in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert {file.name for file in tmp_path.iterdir()} == {"BOOK.xlsx", "FILE.h5ad"}


def test_the_base_forecasts() -> None:
    hidden = ",".join(package for packages in EXTRAS.values() for package in packages)
    command = [sys.executable, "-c", WITHOUT, hidden, "predict", str(EXAMPLES / "patient.toml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
