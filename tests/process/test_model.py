"""The model file: what is written is what is read, and anything else is refused."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from organotropism.errors import InputError
from organotropism.patient import Patient
from organotropism.process import model as model_module
from organotropism.process.model import AVERAGE, LARGEST_FILE, Between, Model, load_model, read_model
from process.cases import KNOWN, QUANTITIES, models, random_theta, with_layout
from toy import toy_model


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "toy.json"
    toy_model().save(path)
    return path


def resealed(document: dict[str, Any]) -> str:
    """Text of a document whose checksum fits, as a program other than this might write it."""
    body = {key: value for key, value in document.items() if key != "checksum"}
    return json.dumps({**body, "checksum": model_module._checksum(body)})


def test_a_saved_model_is_read_as_it_was(file: Path) -> None:
    before, after = toy_model(), load_model(file)
    assert after.to_document() == before.to_document()
    assert after.checksum == json.loads(file.read_text(encoding="utf-8"))["checksum"]
    np.testing.assert_array_equal(after.theta, before.theta)
    np.testing.assert_array_equal(after.covariance, before.covariance)
    for name in ("name", "version", "speaks_of", "layout", "between", "centre", "window_years", "years"):
        assert getattr(after, name) == getattr(before, name), name
    for name in ("baselines", "support", "provenance"):
        assert dict(getattr(after, name)) == dict(getattr(before, name)), name
    again = file.with_name("again.json")
    after.save(again)
    assert again.read_bytes() == file.read_bytes()


@settings(max_examples=5)
@given(models(), st.integers(0, 99))
def test_numbers_keep_every_digit(model: Model, seed: int) -> None:
    size = model.layout.size
    root = np.random.default_rng(seed).normal(scale=0.1, size=(size, size))
    covariance = root @ root.T
    covariance = (covariance + covariance.T) / 2
    before = replace(model, covariance=covariance)
    after = read_model(model_module._dump(before.to_document()), "memory")
    np.testing.assert_array_equal(after.theta, before.theta)
    np.testing.assert_array_equal(after.covariance, before.covariance)


def test_a_read_model_forecasts_the_same(file: Path) -> None:
    patient = [Patient(**KNOWN), Patient(**KNOWN, free_for=2)]
    before, after = (model.forecast(patient, [2, 5]) for model in (toy_model(), load_model(file)))
    for name in QUANTITIES:
        for part in ("risks", "low", "high"):
            np.testing.assert_array_equal(
                getattr(getattr(before, part), name), getattr(getattr(after, part), name)
            )


def test_models_of_other_layouts_are_saved_too(tmp_path: Path) -> None:
    layout = replace(toy_model().layout, sites=("bone", "skin"), bands=(0.0,), since=(0.0, 1.5))
    before = with_layout(layout, random_theta(layout, 4))
    before.save(tmp_path / "two.json")
    after = load_model(tmp_path / "two.json")
    assert after.layout == layout
    np.testing.assert_array_equal(after.theta, before.theta)


def test_the_file_is_readable_text(file: Path) -> None:
    lines = file.read_text(encoding="utf-8").splitlines()
    assert len(lines) > 300
    assert any('"pattern.effects[TNBC, brain]"' in line for line in lines)


TEXT = model_module._dump(toy_model().to_document())
DIGITS = [found.start() for found in re.finditer(r"\d", TEXT)]


@settings(max_examples=60)
@given(st.sampled_from(DIGITS), st.integers(1, 9))
def test_an_edited_digit_is_noticed(place: int, change: int) -> None:
    digit = str((int(TEXT[place]) + change) % 10)
    edited = TEXT[:place] + digit + TEXT[place + 1 :]
    try:
        same = json.loads(edited) == json.loads(TEXT)
    except ValueError:
        same = False  # a leading zero
    if same:  # the last of 17 digits need not change the number
        assert read_model(edited, "memory").to_document() == toy_model().to_document()
    else:
        with pytest.raises(InputError, match="model file"):
            read_model(edited, "toy.json")


@settings(max_examples=40)
@given(st.integers(0, len(TEXT) - 3))
def test_a_truncated_file_is_refused(length: int) -> None:
    with pytest.raises(InputError, match=r"toy\.json: damaged model file: not valid JSON"):
        read_model(TEXT[:length], "toy.json")


def edit(change: Callable[[dict[str, Any]], object]) -> str:
    document = json.loads(TEXT)
    change(document)
    return json.dumps(document)


DAMAGED = {
    "format": edit(lambda d: d.update(format="organotropism-model/0")),
    "no format": edit(lambda d: d.pop("format")),
    "extra key": edit(lambda d: d.update(comment="mine")),
    "missing key": edit(lambda d: d.pop("index")),
    "no checksum": edit(lambda d: d.pop("checksum")),
    "value": edit(lambda d: d["coefficients"]["rate.slope[ER+]"].update(value=1.0)),
    "renamed": TEXT.replace("TNBC, brain", "TNBC, brian"),
    "NaN": TEXT.replace('"value": 1.0', '"value": NaN', 1),
    "infinity": TEXT.replace('"value": 1.0', '"value": -Infinity', 1),
    "huge number": TEXT.replace('"value": 1.0', '"value": 1' + "0" * 5000, 1),
    "list": "[1, 2]",
    "number": "3",
    "empty": "",
    "nested": "[" * 100_000,
    "other JSON": '{"format": "something-else/1"}',
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_file_is_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.json"
    path.write_text(DAMAGED[name], encoding="utf-8")
    with pytest.raises(InputError, match=r"bad\.json.*(damaged|not a model file)"):
        load_model(path)


def first_coefficient(document: dict[str, Any], value: object) -> None:
    next(iter(document["coefficients"].values()))["value"] = value


#: The checksum fits, but the content is no model.
WRONG: dict[str, Callable[[dict[str, Any]], object]] = {
    "text for a number": lambda d: first_coefficient(d, "much"),
    "null": lambda d: first_coefficient(d, None),
    "infinite": lambda d: first_coefficient(d, 1e999),
    "missing coefficient": lambda d: d["coefficients"].popitem(),
    "sites as number": lambda d: d.update(sites=5),
    "nine sites": lambda d: d.update(sites=list("abcdefghi")),
    "short covariance": lambda d: d["covariance_lower_triangle"].pop(),
    "long covariance": lambda d: d["covariance_lower_triangle"].append([0.0]),
    "ragged covariance": lambda d: d["covariance_lower_triangle"][5].pop(),
    "baselines as list": lambda d: d.update(baselines=[]),
    "extra key of a baseline": lambda d: d["baselines"]["mariotto2018"].update(more=1),
    "no population": lambda d: d.pop("population"),
}


@pytest.mark.parametrize("name", WRONG)
def test_content_that_is_no_model_is_refused(name: str) -> None:
    document = json.loads(TEXT)
    WRONG[name](document)
    with pytest.raises(InputError, match=r"bad\.json"):
        read_model(resealed(document), "bad.json")


def test_the_untouched_document_is_accepted() -> None:
    assert read_model(resealed(json.loads(TEXT)), "memory").name == "toy"


def test_binary_huge_and_absent_files_are_refused(tmp_path: Path) -> None:
    binary, huge = tmp_path / "binary.json", tmp_path / "huge.json"
    binary.write_bytes(bytes(range(256)))
    with pytest.raises(InputError, match="not a readable text file"):
        load_model(binary)
    with huge.open("wb") as sparse:
        sparse.truncate(LARGEST_FILE + 1)
    with pytest.raises(InputError, match="larger than 20 MB"):
        load_model(huge)
    if (Path(model_module.__file__).parents[1] / "models").is_dir():
        for absent in (tmp_path / "none.json", tmp_path, "no-such-model", "../toy", ""):
            with pytest.raises(InputError, match="no such model"):
                load_model(absent)


def test_a_failing_save_leaves_the_old_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = file.read_bytes()

    def interrupted(self: Path, text: str, **_: object) -> None:
        with self.open("w", encoding="utf-8") as part:
            part.write(text[:100])
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_text", interrupted)
        with pytest.raises(InputError, match=r"cannot be written \(disk full\)"):
            replace(toy_model(), version="1").save(file)
    assert file.read_bytes() == before
    replace(toy_model(), version="1").save(file)
    assert load_model(file).version == "1"
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_spread_is_the_covariance_plus_the_spread_between_studies() -> None:
    toy = toy_model()
    level = [name.startswith("rate.level") for name in toy.layout.names]
    shared = np.outer(level, level)
    factor = toy.spread()
    np.testing.assert_allclose(factor @ factor.T, toy.covariance + 0.3**2 * shared, atol=1e-12)
    # One study's own level is known to its standard error instead.
    factor = toy.spread("mariotto2018")
    np.testing.assert_allclose(factor @ factor.T, toy.covariance + 0.1**2 * shared, atol=1e-12)
    other = replace(toy, between=(Between(("death.level", "death.liver"), 0.4),))
    np.testing.assert_allclose(other.spread("mariotto2018"), other.spread(AVERAGE))


def test_draws_have_the_mean_and_the_spread_of_the_coefficients() -> None:
    toy = toy_model()
    draws = toy.draws(256, seed=1)
    # In pairs, with second moments that were matched: exact but for rounding.
    np.testing.assert_allclose(draws.mean(0), toy.theta, atol=1e-12)
    moves = draws - toy.theta
    np.testing.assert_allclose(moves.T @ moves / 256, toy.spread() @ toy.spread().T, atol=1e-12)
    np.testing.assert_array_equal(draws, toy.draws(256, seed=1))
    assert np.any(draws != toy.draws(256, seed=2))


def test_a_covariance_without_full_rank_can_be_drawn_from() -> None:
    toy = toy_model()
    singular = replace(toy, covariance=np.outer(toy.theta, toy.theta), between=())
    moves = singular.draws(10, seed=2) - toy.theta
    # All moves lie along one direction; the root of a zero eigenvalue leaves sqrt(1e-14).
    along = moves @ toy.theta / (toy.theta @ toy.theta)
    np.testing.assert_allclose(moves, np.outer(along, toy.theta), atol=1e-5)
