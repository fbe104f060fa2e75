"""Outputs: nothing lost, nothing injected, nothing left behind."""

import os
import pty
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from organotropism.cohort import read_cohort, simulate_cohort
from organotropism.cohort.store import write_cohort

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
COMMAND = [sys.executable, "-m", "organotropism"]
FORMULAS = ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "'=1", "'x", "plain"]
HOSTILE = [*FORMULAS, "\x1b[31mred\x1b]0;title\x07"]
ENDINGS = [(signal.SIGTERM, 143), (signal.SIGHUP, 143), (signal.SIGINT, 130)]


def run(*arguments: str | Path, **settings: object) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, *map(str, arguments)]
    options: dict[str, object] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **settings}
    done = subprocess.run(command, text=True, check=False, **options)  # type: ignore[call-overload]
    assert isinstance(done, subprocess.CompletedProcess)
    return done


@pytest.fixture
def patients(tmp_path: Path) -> Path:
    """A table of patients whose ids try what files of others may try."""
    folder = tmp_path / "in"
    folder.mkdir()
    file = folder / "patients.csv"
    count = len(FORMULAS)
    pl.DataFrame({"id": FORMULAS, "age": [50] * count, "er": ["positive"] * count}).write_csv(file)
    return file


@pytest.mark.slow
def test_a_model_is_written_though_nobody_reads_the_output(tmp_path: Path) -> None:
    cohort = tmp_path / "cohort.parquet"
    from organotropism.process.model import load_model

    write_cohort(simulate_cohort(load_model("literature"), 150, seed=3), cohort)
    read, write = os.pipe()
    os.close(read)
    out = tmp_path / "model.json"
    done = run("learn", "cohort", cohort, "--out", out, stdout=write)
    os.close(write)
    assert (done.returncode, done.stderr) == (141, "")
    assert load_model(out).name == "simulated"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize(
    "arguments",
    [
        ("predict", EXAMPLES / "patient.toml"),
        ("predict", EXAMPLES / "patients.csv", "--no-intervals"),
        ("evidence", "list", "--format", "csv"),
        ("--version",),
        ("--help",),
    ],
)
def test_a_full_device_is_one_line(arguments: tuple[str | Path, ...]) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = run(*arguments, stdout=full)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == "standard output: cannot be written (No space left on device)"
    assert "Traceback" not in done.stderr


def test_closed_streams_are_no_error() -> None:
    line = " ".join(["exec", *COMMAND, "predict", str(EXAMPLES / "patient.toml"), "<&-", ">&-", "2>&-"])
    assert subprocess.run(["sh", "-c", line], check=False).returncode == 0


def test_no_folder_for_temporary_files_is_one_line(tmp_path: Path) -> None:
    # Python looks for another folder where that of the environment is not there: none can be written here.
    code = (
        "import sys, tempfile\n"
        "tempfile._candidate_tempdir_list = lambda: ['/nowhere']\n"
        "from organotropism.cli import main\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    command = [sys.executable, "-c", code, "predict", str(EXAMPLES / "patients.csv"), "--no-intervals"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert "No usable temporary directory" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="no limits on files there")
@pytest.mark.parametrize("kind", ["parquet", "csv", "json"])
def test_a_full_disk_leaves_nothing(tmp_path: Path, kind: str) -> None:
    import resource

    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, 2_000))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    out = tmp_path / f"forecasts.{kind}"
    done = run("predict", EXAMPLES / "patients.csv", "--no-intervals", "--out", out, preexec_fn=full)
    assert done.returncode == 2
    assert done.stderr == f"{out}: cannot be written (File too large)\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="no limits on files there")
def test_no_account_without_its_cohort(tmp_path: Path) -> None:
    import resource

    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (12_000, 12_000))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    source, out = EXAMPLES / "cohort.csv", tmp_path / "cohort.parquet"
    arguments = ("--map", EXAMPLES / "cohort.toml", "--out", out, "--report", tmp_path / "account.txt")
    done = run("cohort", "import", source, *arguments, preexec_fn=full)
    assert done.returncode == 2
    assert done.stderr == f"{out}: cannot be written (File too large)\n"
    assert list(tmp_path.iterdir()) == []
    assert run("cohort", "import", source, *arguments).returncode == 0
    assert {file.name for file in tmp_path.iterdir()} == {"cohort.parquet", "account.txt"}


@pytest.mark.skipif(sys.platform == "win32", reason="signals are of another kind there")
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 143), (signal.SIGINT, 130)]
)
def test_a_request_to_end_removes_what_was_begun(tmp_path: Path, number: int, code: int) -> None:
    table = tmp_path / "many.csv"
    rows = "".join(f"{n},55,positive\n" for n in range(200_000))
    table.write_text(f"id,age,er\n{rows}", encoding="utf-8")
    out = tmp_path / "out"
    out.mkdir()
    command = [*COMMAND, "predict", str(table), "--out", str(out / "forecasts.csv")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        until = time.monotonic() + 60
        while not list(out.glob(".organotropism-*")) and time.monotonic() < until:
            time.sleep(0.02)
        assert list(out.iterdir()) != []
        process.send_signal(number)
        _, stderr = process.communicate(timeout=60)
    assert (process.returncode, stderr) == (code, "")
    assert list(out.iterdir()) == []


def test_forecasts_in_csv_are_text_for_spreadsheets(patients: Path) -> None:
    done = run("predict", patients, "--no-intervals", "--horizons", "5")
    ids = {line.split(",")[0] for line in done.stdout.splitlines()[1:]}
    assert ids == {
        "'=cmd|' /C calc'!A0",
        "'+1+1",
        "'-2+3",
        "'@SUM(A1)",
        "''=1",
        "''x",
        "plain",
    }
    raw = run("--raw-csv", "predict", patients, "--no-intervals", "--horizons", "5")
    ids = {line.split(",")[0] for line in raw.stdout.splitlines()[1:]}
    assert "=cmd|' /C calc'!A0" in ids


def test_a_cohort_in_csv_reads_back_unchanged(tmp_path: Path) -> None:
    from organotropism.process.model import load_model

    cohort = simulate_cohort(load_model("literature"), len(HOSTILE), seed=1)
    cohort = replace(cohort, covariates=cohort.covariates.with_columns(pl.Series("id", HOSTILE)))
    file = tmp_path / "cohort.csv"
    write_cohort(cohort, file)
    assert "\n'=cmd" in file.read_text(encoding="utf-8")
    assert read_cohort(file).covariates["id"].to_list() == HOSTILE


@pytest.mark.skipif(sys.platform == "win32", reason="no such terminals there")
def test_a_terminal_gets_no_control_characters_of_a_file(tmp_path: Path) -> None:
    table = tmp_path / "patients.ndjson"
    table.write_text(r'{"id": "a\u001b[31mred\u001b]0;title\u0007", "age": 50, "er": "positive"}' + "\n")
    shown = _on_terminal("predict", table, "--no-intervals", "--format", "csv")
    assert "a\\x1b[31mred\\x1b]0;title\\x07,any" in shown
    # What remains is the progress bar's own.
    assert "\x1b[31m" not in shown
    assert "\x1b]" not in shown
    header = tmp_path / "header.csv"
    header.write_text("ag\x1b[31me,er\n50,positive\n")
    shown = _on_terminal("predict", header)
    assert "\x1b[31m" not in shown
    assert "ag\\x1b[31me" in shown


def _on_terminal(*arguments: str | Path) -> str:
    """What a command shows on a terminal."""
    main, other = pty.openpty()
    command = [*COMMAND, *map(str, arguments)]
    with subprocess.Popen(command, stdin=other, stdout=other, stderr=other) as process:
        os.close(other)
        content = b""
        while True:
            try:
                part = os.read(main, 4096)
            except OSError:  # Linux says so that the other side is closed
                break
            if not part:
                break
            content += part
        process.wait(timeout=60)
    os.close(main)
    return content.decode()
