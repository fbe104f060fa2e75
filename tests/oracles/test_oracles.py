"""The stored R results belong to the inputs that lie beside them, and the inputs can be made again."""

import hashlib
import json
from pathlib import Path

import pytest

from scripts import script

HERE = Path(__file__).resolve().parent
NAMES = ("rate", "pattern", "pool", "separation", "forecast", "validation", "pam50", "cohorts", "describe")
LARGEST_FILE = 200_000  # bytes


@pytest.mark.parametrize("name", NAMES)
def test_result_was_made_from_this_input(name: str) -> None:
    made = json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))["made_with"]
    content = (HERE / f"{name}_input.json").read_bytes()
    assert made["input_md5"] == hashlib.md5(content, usedforsecurity=False).hexdigest()
    assert made["script"] == f"{name}.R"
    assert (HERE / made["script"]).is_file()
    assert {"R", "packages"} <= made.keys()


@pytest.mark.parametrize("name", [name for name in NAMES if name != "forecast"])
def test_input_can_be_made_again(name: str) -> None:
    made = getattr(script("tests/oracles/make_inputs.py"), name)()
    assert json.loads((HERE / f"{name}_input.json").read_text(encoding="utf-8")) == made


def test_every_stored_file_has_its_test_and_is_small() -> None:
    stored = sorted(HERE.glob("*.json"))
    assert {file.stem.removesuffix("_input") for file in stored} == set(NAMES)
    assert [file.name for file in stored if file.stat().st_size > LARGEST_FILE] == []
