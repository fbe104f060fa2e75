"""The scale of expression: logarithms, counts, intensities, samples that differ."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from markers.cohorts import BY_SYMBOL, tumours
from organotropism.errors import InputError
from organotropism.markers import read_expression
from organotropism.markers.expression import Expression, expression
from organotropism.markers.pam50 import centroids
from organotropism.markers.scale import doubts, to_log2
from organotropism.markers.tables import TextTable

LOGS = expression(tumours(12)[0] + 8, centroids().symbols, [f"s{k}" for k in range(12)], BY_SYMBOL)


def scaled(values: np.ndarray) -> Expression:
    return replace(LOGS, values=values)


def test_logarithms_raise_no_doubt() -> None:
    for values in (LOGS.values, LOGS.values - 8, np.where(LOGS.values > 9, np.nan, LOGS.values)):
        assert list(doubts(scaled(values))) == []
    assert list(doubts(scaled(np.full_like(LOGS.values, np.nan)))) == []


def test_counts_and_linear_values_are_said_to_be_no_logarithms() -> None:
    linear = scaled(np.exp2(LOGS.values))
    (doubt,) = doubts(linear)
    assert "no logarithms" in doubt
    assert "linear scale (TPM" in doubt
    (doubt,) = doubts(scaled(np.round(linear.values)))
    assert "whole numbers, as counts are" in doubt
    (doubt,) = doubts(scaled(np.clip(LOGS.values / 20, 0, 1)))
    assert "between 0 and 1" in doubt


def test_samples_on_another_scale_are_named() -> None:
    values = LOGS.values.copy()
    values[:, [3, 5]] = np.exp2(values[:, [3, 5]])
    (doubt,) = doubts(scaled(values))
    assert doubt.startswith("2 of 12 samples hold values above 32")
    assert "s3, s5" in doubt


def test_log2_takes_back_the_linear_scale() -> None:
    linear = scaled(np.exp2(LOGS.values) - 1)
    # Two roundings of numbers below 2^16.
    np.testing.assert_allclose(to_log2(linear).values, LOGS.values, rtol=1e-12)
    with pytest.raises(InputError, match="negative"):
        to_log2(scaled(LOGS.values - 20))


GCT = {
    "1.2": ["#1.2", "2\t2", "NAME\tDescription\ta\tb", "ESR1\tna\t1\t2", "PGR\tna\t3\t4"],
    "1.3": [
        *("#1.3", "2\t2\t2\t1", "id\tpr_gene_symbol\tchr\ta\tb", "age\tna\tna\t50\t60"),
        *("p1\tESR1\t6\t1\t2", "p2\tPGR\t11\t3\t4"),
    ],
}


@pytest.mark.parametrize("version", sorted(GCT))
def test_gct(tmp_path: Path, version: str) -> None:
    file = tmp_path / "x.gct"
    file.write_text("\n".join(GCT[version]), encoding="utf-8")
    found = read_expression(file, BY_SYMBOL)
    assert found.samples == ("a", "b")
    assert found.rows(["ESR1", "PGR"]).tolist() == [[1, 2], [3, 4]]


def test_a_series_matrix(tmp_path: Path) -> None:
    lines = ['!Series_title\t"A"', '!Sample_title\t"p"\t"q"', "", "!series_matrix_table_begin"]
    lines += ['"ID_REF"\t"a"\t"b"', '"ESR1"\t1\t2', '"PGR"\t3\tnull', "!series_matrix_table_end"]
    file = tmp_path / "x.txt"
    file.write_text("\r\n".join(lines), encoding="utf-8")
    found = read_expression(file, BY_SYMBOL)
    np.testing.assert_equal(found.rows(["ESR1", "PGR"]), [[1, 2], [3, np.nan]])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "Tumours,2019\ngene,a,b,c\nESR1,1,2,3\n",
            "has 4 cells.*2, as the header in line 1 has",
        ),
        ("Our tumours\ngene,a,b\nESR1,1,2\n", "holds one column.*a title above it begins with #"),
        ("!Series_title\tx\n", "holds no table"),
        ("#1.2\nESR1\t1\n", "holds no sizes.*GCT"),
        ("", "is empty"),
    ],
)
def test_what_is_wrong_with_the_head_of_a_file(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "x.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        for number, _, rest in TextTable.of(file).lines():
            TextTable.of(file).split(number, rest)
