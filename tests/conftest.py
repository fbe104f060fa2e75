"""What all tests share: the folder of shared data, and how hypothesis searches."""

import os

# Many small matrices: threads of the linear algebra cost more than they give. Set before numpy is loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent

# No deadline: the first call pays for imports, and a busy machine is not a defect. The examples are
# derived from the test itself, so that a red run is red again for whoever looks into it.
settings.register_profile("explore", deadline=None)
settings.register_profile("reproducible", deadline=None, derandomize=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "reproducible"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of data that may not be passed on: ORGANOTROPISM_SHARED, else ``shared`` beside the clone."""
    folder = Path(os.environ.get("ORGANOTROPISM_SHARED") or ROOT.parent / "shared")
    if not folder.is_dir():
        pytest.skip(f"no folder {folder.name!r} (set ORGANOTROPISM_SHARED, or put it beside the repository)")
    return folder
