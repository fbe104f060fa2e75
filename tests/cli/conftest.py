"""A model file, and the command line as a function."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from organotropism.cli import main
from toy import toy_model


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture(scope="session")
def model_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "toy.json"
    toy_model().save(path)
    return path


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    """Run a command line in this process."""

    def command(*arguments: object) -> Result:
        code = main([str(argument) for argument in arguments])
        captured = capfdbinary.readouterr()
        return Result(code, captured.out.decode(), captured.err.decode())

    return command


@pytest.fixture
def predict(run: Run, model_file: Path) -> Run:
    """Run `predict` with the toy model."""
    return lambda *arguments: run("predict", "--model", model_file, *arguments)
