"""The rules of the house, checked on every source file: who may import whom, lengths, docstrings.

The checker works on source text, so the second half of this file can show, for each rule, a text that
breaks it.
"""

import ast
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "src" / "organotropism"
FILES = sorted(PACKAGE.rglob("*.py"))

# Room: the rooms that it may import from, itself aside. Lazy imports and type-only imports count too.
_BASE = {"errors", "files", "csv_files", "parquet_files"}
_CORE = _BASE | {"vocabulary", "patient", "process"}
_METHODS = _CORE | {"evidence", "cohort", "markers", "learn", "explain", "validate", "describe", "present"}
ALLOWED: dict[str, set[str]] = {
    "errors": set(),
    "files": {"errors"},
    "csv_files": set(),
    "parquet_files": {"errors"},
    "vocabulary": {"errors"},
    "patient": _BASE | {"vocabulary"},
    "process": _BASE | {"vocabulary", "patient"},
    "meta_analysis": set(),
    "evidence": _BASE | {"vocabulary", "patient", "meta_analysis"},
    "cohort": _CORE,
    "markers": _BASE | {"vocabulary", "patient"},
    "learn": _CORE | {"evidence", "cohort"},
    "explain": _CORE,
    "validate": _CORE | {"cohort", "meta_analysis"},
    "describe": _CORE | {"cohort", "validate"},
    "present": _CORE | {"explain", "validate", "describe"},
    "app": _METHODS,
    "cli": _METHODS | {"app"},
    "__init__": _METHODS,
    "__main__": {"cli"},
}
PATIENT_FILES = {"clinical_terms", "eligibility"}
# Rooms that every command loads, and what they may not load before it is needed: it takes too long.
QUICK_ROOMS = _BASE | {"__init__", "vocabulary", "patient", "process"}
SLOW_PACKAGES = {"scipy", "polars", "rich", "typer"}
# Loading any of these can run code hidden in a file.
UNSAFE_PACKAGES = {"pickle", "cPickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}

LINES_PER_FILE = 400
LINES_PER_FUNCTION = 60

Function = ast.FunctionDef | ast.AsyncFunctionDef


def room_of(module: str) -> str:
    """Room of a module's name below the package: its first part, with the files of one patient together."""
    first = module.partition(".")[0]
    return "patient" if first in PATIENT_FILES or first.startswith("patient_") else first


def imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and absolute dotted name of everything that is imported, by statement or by import_module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in {"import_module", "__import__"}:
                yield node.lineno, str(node.args[0].value)


def loaded_at_once(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Imports that run when the module is imported: not those in functions or for type checkers only."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, Function | ast.Lambda):
            continue
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield from imported(child)
        else:
            yield from loaded_at_once(child)


def undocumented(node: ast.AST, prefix: str = "") -> Iterator[tuple[int, str]]:
    """Public functions, classes and methods without a docstring; overloads share that of the last one."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function | ast.ClassDef) and not child.name.startswith("_"):
            overload = any("overload" in ast.unparse(mark) for mark in child.decorator_list)
            if not overload and ast.get_docstring(child) is None:
                yield child.lineno, prefix + child.name
            if isinstance(child, ast.ClassDef):
                yield from undocumented(child, f"{prefix}{child.name}.")
        elif isinstance(child, ast.If | ast.Try):
            yield from undocumented(child, prefix)


def import_faults(room: str, tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Imports that the rooms do not permit."""
    for line, name in imported(tree):
        top, _, rest = name.partition(".")
        if top in UNSAFE_PACKAGES:
            yield line, f"imports {top}"
        if top == "organotropism":
            target = room_of(rest)
            if target != room and target not in ALLOWED[room]:
                yield line, f"{room} may not import {target or 'the package itself'}"
    if room in QUICK_ROOMS:
        for line, name in loaded_at_once(tree):
            if (package := name.partition(".")[0]) in SLOW_PACKAGES:
                yield line, f"{room} loads {package} at import time"


def form_faults(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Relative imports, pickled arrays, long functions and missing docstrings."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            yield node.lineno, "relative import"
        if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
            yield node.value.lineno, "mentions allow_pickle"
        if isinstance(node, Function):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length >= LINES_PER_FUNCTION:
                yield node.lineno, f"function {node.name} has {length} lines"
    yield from ((line, f"{name} has no docstring") for line, name in undocumented(tree))


def faults(path: PurePosixPath, source: str) -> list[str]:
    """All breaches of the rules in one file, ``path`` being its place below the package."""
    room = room_of(path.with_suffix("").parts[0])
    if room not in ALLOWED:
        return [f"{path}: {room} is not a room of the house"]
    tree = ast.parse(source)
    found = [*import_faults(room, tree), *form_faults(tree)]
    lines = len(source.splitlines())
    if lines >= LINES_PER_FILE:
        found.append((1, f"file has {lines} lines"))
    if ast.get_docstring(tree) is None:
        found.append((1, "module has no docstring"))
    return [f"{path}:{line}: {fault}" for line, fault in sorted(found)]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(PACKAGE).as_posix())
def test_source_keeps_the_rules(file: Path) -> None:
    path = PurePosixPath(file.relative_to(PACKAGE).as_posix())
    assert faults(path, file.read_text(encoding="utf-8")) == []


def test_the_package_was_found() -> None:
    assert PACKAGE / "__init__.py" in FILES


def test_imports_between_rooms_form_no_circle() -> None:
    # Rooms that are allowed to import each other would make the table itself meaningless.
    remaining = dict(ALLOWED)
    while remaining:
        free = {room for room, targets in remaining.items() if not targets & remaining.keys()}
        assert free, f"circle among {sorted(remaining)}"
        remaining = {room: targets for room, targets in remaining.items() if room not in free}


LONG_FUNCTION = "def f():\n    '''Doc.'''\n" + "    x = 1\n" * LINES_PER_FUNCTION

BREACHES = {
    "import": ("process/rate.py", "import organotropism.learn.tables", "process may not import learn"),
    "from": ("evidence/load.py", "from organotropism.process import rate", "evidence may not import process"),
    "from package": ("vocabulary.py", "from organotropism import cli", "vocabulary may not import cli"),
    "lazy": ("process/rate.py", "def _f():\n    import organotropism.cli", "process may not import cli"),
    "by name": ("learn/a.py", "import_module('organotropism.app')", "learn may not import app"),
    "type only": (
        "patient_file.py",
        "if TYPE_CHECKING:\n    from organotropism.process.rate import Rate",
        "patient may not import process",
    ),
    "whole package": ("learn/a.py", "import organotropism", "learn may not import the package itself"),
    "web from command": ("app/page.py", "import organotropism.cli", "app may not import cli"),
    "room": ("utils/misc.py", "", "utils is not a room"),
    "slow": ("process/rate.py", "import scipy.optimize", "process loads scipy"),
    "slow in class": ("patient.py", "class _A:\n    from polars import col", "patient loads polars"),
    "pickle": ("learn/a.py", "def _f():\n    from pickle import loads", "imports pickle"),
    "pickled array": ("learn/a.py", "np.load(f, allow_pickle=True)", "allow_pickle"),
    "relative": ("process/rate.py", "from . import pattern", "relative import"),
    "file length": ("errors.py", "x = 1\n" * LINES_PER_FILE, "file has"),
    "function length": ("errors.py", LONG_FUNCTION, "function f has"),
    "function docstring": ("errors.py", "def f(): pass", "f has no docstring"),
    "class docstring": ("errors.py", "class A: pass", "A has no docstring"),
    "method docstring": ("errors.py", "class A:\n    '''Doc.'''\n    async def f(self): pass", "A.f has no"),
    "module docstring": ("errors.py", "x = 1", "module has no docstring"),
}


@pytest.mark.parametrize("path, source, expected", BREACHES.values(), ids=BREACHES)
def test_each_rule_can_fail(path: str, source: str, expected: str) -> None:
    documented = source if "module" in expected else f"'''Doc.'''\n{source}"
    found = faults(PurePosixPath(path), documented)
    assert len(found) == 1
    assert expected in found[0]


def test_what_is_allowed_passes() -> None:
    source = '''
"""Doc."""
from typing import TYPE_CHECKING

import numpy as np

from organotropism.errors import InputError
from organotropism.process.pattern import Pattern

if TYPE_CHECKING:
    from polars import DataFrame


def fit(x: int) -> "DataFrame":
    """Doc."""
    import scipy.optimize


def _private(x): ...
'''
    assert faults(PurePosixPath("process/rate.py"), source) == []
