"""The example files are simulated, and can be made again."""

import importlib.util
from pathlib import Path

from markers.cohorts import BY_SYMBOL
from organotropism.markers import pam50, read_expression

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def test_expression_is_what_the_script_simulates() -> None:
    spec = importlib.util.spec_from_file_location("make_expression", EXAMPLES / "make_expression.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    header, rows = script.simulate()
    lines = (EXAMPLES / "expression.csv").read_text(encoding="utf-8").splitlines()
    assert lines == [",".join(row) for row in [header, *rows]]
    own = [name for name, count in script.TUMOURS.items() for _ in range(count)]
    found = pam50(read_expression(EXAMPLES / "expression.csv", BY_SYMBOL), "robust")
    # Noise and centroids are of one size, so most calls are the truth and not all.
    assert sum(a == b for a, b in zip(found.nearest, own, strict=True)) >= 18
