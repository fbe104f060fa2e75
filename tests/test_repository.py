"""The repository as a whole: what is tracked, pinned, packed and promised."""

import importlib.util
import re
import shutil
import subprocess
import tomllib
import zipfile
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "organotropism"

LARGEST_FILE = 1_000_000  # bytes
# Patterns are put together from parts so that this file does not hold what it looks for. The character
# before a path must not belong to an address or a longer path.
MACHINE_PATH = re.compile(r"(?<![\w.:/~%-])/(?:work|tmp|root|home|Users|mnt|opt)/[\w.]|[A-Z]:\\Users\\")
REGISTRIES = ("pypi", "pythonhosted"), ("npmjs", "debian"), ("anaconda", "crates")
REGISTRY_HOST = re.compile(rf"\b(?:{'|'.join(sum(REGISTRIES, ()))})\.(?:org|com|io)\b", re.IGNORECASE)
PIN = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*==[0-9][0-9A-Za-z.+!]*")


@cache
def repository_files() -> tuple[Path, ...]:
    """Files that git tracks, and those that it would track at the next commit."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git clone")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout.decode()
    return tuple(ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file())


def pyproject() -> dict[str, dict[str, object]]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def dev() -> ModuleType:
    spec = importlib.util.spec_from_file_location("dev", ROOT / "dev.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_no_large_file() -> None:
    files = repository_files()
    assert ROOT / "pyproject.toml" in files
    assert [str(file) for file in files if file.stat().st_size > LARGEST_FILE] == []


@pytest.mark.parametrize("pattern", [MACHINE_PATH, REGISTRY_HOST], ids=["machine path", "registry host"])
def test_no_trace_of_one_machine(pattern: re.Pattern[str]) -> None:
    traces = [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for file in repository_files()
        for number, line in enumerate(file.read_text("utf-8", errors="replace").splitlines(), start=1)
        if pattern.search(line)
    ]
    assert traces == []


@pytest.mark.parametrize(
    "text",
    [
        "see /" + "tmp/x",
        '"/' + 'home/ann/y"',
        "(/" + "work/main)",
        "C:" + "\\Users\\ann",
        "=/" + "root/.cache",
    ],
)
def test_machine_paths_are_recognised(text: str) -> None:
    assert MACHINE_PATH.search(text)


@pytest.mark.parametrize("text", ["https://example.org/home/ab", "src/work/x", "and/or", "~/work/x"])
def test_other_paths_are_not(text: str) -> None:
    assert not MACHINE_PATH.search(text)


@pytest.mark.parametrize(
    "text", ["https://py" + "pi.org/simple", "registry.npm" + "js.org", "deb.deb" + "ian.org"]
)
def test_registry_hosts_are_recognised(text: str) -> None:
    assert REGISTRY_HOST.search(text)


def test_lock_of_one_tool_is_not_tracked() -> None:
    assert ROOT / "uv.lock" not in repository_files()


def test_constraints_are_pins_only() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not PIN.fullmatch(line)] == []
    names = [line.split("==")[0] for line in lines]
    assert names == sorted(set(names))


def test_every_dependency_is_pinned() -> None:
    project = pyproject()["project"]
    extras = project["optional-dependencies"]
    assert isinstance(extras, dict)
    wanted = [*project["dependencies"], *(name for extra in extras.values() for name in extra)]
    names = {re.split(r"[^A-Za-z0-9-]", name)[0] for name in wanted} - {project["name"]}
    pinned = {line.split("==")[0] for line in (ROOT / "constraints.txt").read_text().splitlines()}
    assert names <= pinned


@pytest.mark.parametrize("file", ["README.md", "CONTRIBUTING.md", ".ci/run"])
def test_commands_that_are_named_exist(file: str) -> None:
    named = set(re.findall(r"python3 dev\.py (\w+)", (ROOT / file).read_text(encoding="utf-8")))
    assert {"demo", "test"} <= named
    assert named <= {*dev().COMMANDS, "all"}


def test_the_extras_that_commands_need_exist() -> None:
    extras = pyproject()["project"]["optional-dependencies"]
    assert {extra for extra, _ in dev().COMMANDS.values() if extra} <= set(extras)


def test_citation_and_changelog_give_the_version_of_the_package() -> None:
    version = pyproject()["project"]["version"]
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.findall(r"^version: (\S+)$", citation, re.MULTILINE) == [version]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    latest = re.findall(r"^## \[(\S+)\]", changelog, re.MULTILINE)[0]
    assert latest == version


def test_citation_has_what_its_format_demands() -> None:
    keys = re.findall(r"^([a-z-]+):", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE)
    assert {"cff-version", "message", "title", "authors"} <= set(keys)
    assert len(keys) == len(set(keys))


def test_wheel_holds_code_data_and_licences(tmp_path: Path) -> None:
    wheel = next(iter(WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])))
    packed = set(zipfile.ZipFile(wheel).namelist())
    sources = {
        file.relative_to(PACKAGE.parent).as_posix()
        for file in PACKAGE.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert sources <= packed
    assert {"LICENSE", "NOTICE"} <= {Path(name).name for name in packed if "/licenses/" in name}
