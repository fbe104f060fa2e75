"""Write licences.md: what the package installs with it, and under which licences.

Run from the repository root after the dependencies have changed, with all extras installed:
``python docs/make_licences.py``. It fails for a licence that is not permissive (or MPL, whose terms end at
its own files): such a package must not become a dependency.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, distribution, requires
from pathlib import Path

from packaging.requirements import Requirement

TARGET = Path(__file__).parent / "licences.md"
PACKAGE = "organotropism"
#: Extras that bring what a user runs; the tools of developers are not passed on.
EXTRAS = ("report", "cohort", "compare", "markers", "app")
OPENING = """\
# Licences of what is installed with it

This page is written by `docs/make_licences.py` from what the packages say of themselves; versions are those
of `constraints.txt`. A test refuses a dependency whose licence is not permissive (or MPL). The package itself
is Apache-2.0, its evidence and coefficients CC BY 4.0; see NOTICE for art and coefficients of others.

| package | licence | needed by |
|---|---|---|
"""
REFUSED = "unknown, or not permissive"
#: Words of a licence's name, in small letters, to its identifier; the first that fits.
KNOWN: Mapping[str, str] = {
    r"mit-cmu": "MIT-CMU",
    r"mpl-2|mozilla public license 2": "MPL-2.0",
    r"llvm-exception": "BSD-2-Clause AND Apache-2.0 WITH LLVM-exception",
    r"apache-2\.0 or bsd": "Apache-2.0 OR BSD-2-Clause",
    r"0bsd and mit": "BSD-3-Clause AND 0BSD AND MIT AND Zlib AND CC0-1.0",
    r"apache": "Apache-2.0",
    r"bsd-2": "BSD-2-Clause",
    r"bsd-3|bsd 3-clause": "BSD-3-Clause",
    r"psf|python software foundation|matplotlib": "PSF-2.0",
    r"bsd": "BSD",
    r"\bmit\b": "MIT",
}


def needed(extra: str | None) -> Iterator[str]:
    """Names of all that the base (None) or an extra brings, directly or through others, that is installed."""
    todo: list[tuple[str, frozenset[str]]] = [(PACKAGE, frozenset([extra] if extra else []))]
    seen: set[tuple[str, frozenset[str]]] = set()
    while todo:
        name, extras = todo.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        try:
            wanted = [Requirement(text) for text in requires(name) or []]
        except PackageNotFoundError:
            continue  # of another system
        if name != PACKAGE:
            yield name
        for found in wanted:
            marker = found.marker
            if marker is None or any(marker.evaluate({"extra": word}) for word in ("", *extras)):
                todo.append((normal(found.name), frozenset(found.extras)))


def normal(name: str) -> str:
    """Name of a package as indexes write it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def licence(name: str) -> str:
    """Licence of an installed package, or `REFUSED`."""
    told = distribution(name).metadata
    classifiers = [line.split("::")[-1] for line in told.get_all("Classifier") or [] if "License" in line]
    # The whole text may stand where the name should; its first line names it.
    first = (told.get("License") or "").strip().split("\n")[0]
    for text in (told.get("License-Expression") or "", " ".join(classifiers), first):
        if "gpl" in text.lower():
            return REFUSED
        for words, identifier in KNOWN.items():
            if re.search(words, text.lower()):
                return identifier
    return REFUSED


def rows() -> dict[str, tuple[str, list[str]]]:
    """Package to its licence and to what needs it."""
    found: dict[str, tuple[str, list[str]]] = {}
    for extra in (None, *EXTRAS):
        for name in set(needed(extra)):
            found.setdefault(name, (licence(name), []))[1].append(extra or "base")
    return dict(sorted(found.items()))


def page() -> str:
    """The page in Markdown."""
    lines = [
        f"| {name} | {told} | {'base' if 'base' in parts else ', '.join(parts)} |"
        for name, (told, parts) in rows().items()
    ]
    return OPENING + "\n".join(lines) + "\n"


def main() -> None:
    """Write the page, or name what may not be passed on."""
    unknown = [name for name, (told, _) in rows().items() if told == REFUSED]
    if unknown:
        sys.exit(f"neither permissive nor MPL: {', '.join(unknown)}")
    TARGET.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
