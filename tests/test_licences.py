"""What is installed with the package may be passed on."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from scripts import script

LICENCES = script("docs/make_licences.py")
PAGE = Path(LICENCES.TARGET)

pytestmark = pytest.mark.skipif(
    any(find_spec(name) is None for name in ("altair", "duckdb", "comprisk", "anndata", "fastapi")),
    reason="not all extras are installed",
)


def test_every_dependency_is_permissive_and_on_the_page() -> None:
    page = dict(re.findall(r"^\| ([a-z0-9-]+) \| (.+?) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    rows = LICENCES.rows()
    assert {"numpy", "polars", "fastapi", "duckdb"} <= rows.keys()
    # A package that only another system needs is on the page of the system where it was made.
    assert {name: told for name, (told, _) in rows.items()}.items() <= page.items()
    assert LICENCES.REFUSED not in page.values()


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ({"License-Expression": "GPL-3.0-or-later"}, None),
        ({"License-Expression": "LGPL-2.1 AND MIT"}, None),
        ({"License": "proprietary"}, None),
        ({"License": "BSD 3-Clause License\n\nCopyright"}, "BSD-3-Clause"),
        ({"License-Expression": "MPL-2.0"}, "MPL-2.0"),
    ],
)
def test_licences_are_told_apart(
    told: dict[str, str], name: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from email.message import Message
    from types import SimpleNamespace

    metadata = Message()
    for key, value in told.items():
        metadata[key] = value.replace("\n", "\n ")
    monkeypatch.setattr(LICENCES, "distribution", lambda _: SimpleNamespace(metadata=metadata))
    assert LICENCES.licence("any") == (LICENCES.REFUSED if name is None else name)
