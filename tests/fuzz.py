"""Seeds of random tests: so many in every run, more on request."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator


def draws(count: int = 300) -> Iterator[random.Random]:
    """Generators with the seeds 0, 1, 2, ...; ORGANOTROPISM_FUZZ asks for another number of them.

    The seed is printed, so that pytest shows that of a failure last.
    """
    for seed in range(int(os.environ.get("ORGANOTROPISM_FUZZ", count))):
        print("seed", seed)
        yield random.Random(seed)
