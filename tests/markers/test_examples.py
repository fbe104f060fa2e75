"""The example files are simulated, and can be made again."""

from pathlib import Path

from markers.cohorts import BY_SYMBOL
from organotropism.markers import pam50, read_expression
from scripts import script

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def test_expression_is_what_the_script_simulates() -> None:
    simulation = script("examples/make_expression.py")
    header, rows = simulation.simulate()
    lines = (EXAMPLES / "expression.csv").read_text(encoding="utf-8").splitlines()
    assert lines == [",".join(row) for row in [header, *rows]]
    own = [name for name, count in simulation.TUMOURS.items() for _ in range(count)]
    found = pam50(read_expression(EXAMPLES / "expression.csv", BY_SYMBOL), "robust")
    # Noise and centroids are of one size, so most calls are the truth and not all.
    assert sum(a == b for a, b in zip(found.nearest, own, strict=True)) >= 18
