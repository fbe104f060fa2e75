import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from organotropism.cli import main, predict
from organotropism.cli.run import COMMANDS, internal_error
from organotropism.errors import one_of

PACKAGE = [sys.executable, "-m", "organotropism"]


def test_help_lists_every_command(run):
    for arguments in ([], ["--help"]):
        try:
            result = run(*arguments)
        except SystemExit as end:
            assert end.code == 0
            continue
        assert result.code == 0
        for command in COMMANDS:
            assert f"\n  {command} " in result.out


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help(capsys, command):
    with pytest.raises(SystemExit) as end:
        main([command, "--help"])
    assert end.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: organotropism {command}")


def test_version(run):
    assert run("--version").out == f"organotropism {version('organotropism')}\n"


@pytest.mark.parametrize(
    "arguments, message",
    [
        (
            ["predct"],
            f'"predct" is not a command; expected {one_of(COMMANDS)} (did you mean "predict"?)',
        ),
        (["--verson"], '"--verson" is not an option (did you mean "--version"?)'),
        (["predict", "--sizemm=3"], '"--sizemm" is not an option (did you mean "--size-mm"?)'),
        (["predict", "a.toml", "b.toml"], '"b.toml" is one argument too many'),
        (["predict", "--er"], "expected one argument (see organotropism predict --help)"),
        (["learn"], "the following arguments are required: what"),
        (["evidence", "chekc"], '"chekc" is not an action; expected list, search, show'),
    ],
)
def test_command_lines_that_cannot_be_read(run, arguments, message):
    result = run(*arguments)
    assert result.code == 2
    assert message in result.err
    assert result.out == ""
    assert len(result.err.splitlines()) == 1


def fail(*_):
    secret = "positive nodes 3"
    raise TypeError(f"cannot use {secret}")


def test_defect_ends_in_one_line_without_values(run, monkeypatch):
    monkeypatch.setattr(predict, "read_horizons", fail)
    result = run("predict", "--er", "positive")
    assert result.code == 1
    assert result.err.startswith("organotropism: internal error (TypeError in cli/predict.py:")
    assert result.err.endswith("); please report it\n")
    assert "nodes" not in result.err
    assert len(result.err.splitlines()) == 1


def test_defect_is_raised_for_its_author(run, monkeypatch):
    monkeypatch.setattr(predict, "read_horizons", fail)
    monkeypatch.setenv("ORGANOTROPISM_DEBUG", "1")
    with pytest.raises(TypeError):
        run("predict", "--er", "positive")


def test_defect_outside_the_package_has_no_place():
    assert internal_error(TypeError("x")) == "organotropism: internal error (TypeError); please report it"


def test_interruption(run, monkeypatch):
    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(predict, "read_horizons", interrupted)
    result = run("predict", "--er", "positive")
    assert (result.code, result.err) == (130, "")


def test_reader_that_stops_early(model_file):
    """As in ``organotropism predict ... | head -1``."""
    arguments = [
        "predict",
        "--er",
        "positive",
        "--her2",
        "negative",
        "--no-intervals",
        "--model",
        str(model_file),
    ]
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run([*PACKAGE, *arguments], stdout=write, stderr=subprocess.PIPE, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (141, b"")


def test_full_disk(model_file):
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no device that is always full")
    arguments = [
        "predict",
        "--er",
        "positive",
        "--her2",
        "negative",
        "--no-intervals",
        "--model",
        str(model_file),
    ]
    with open(full, "w") as out:
        done = subprocess.run([*PACKAGE, *arguments], stdout=out, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 2
    assert done.stderr == b"standard output: cannot be written (No space left on device)\n"


def test_terminal_without_the_characters(model_file):
    arguments = ["predict", "--subtype", "TNBC", "--no-intervals", "--model", str(model_file)]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run([*PACKAGE, *arguments], capture_output=True, env=environment, check=True)
    assert b" ?" in done.stdout  # the sign of multiplication of a ratio is not in ASCII
