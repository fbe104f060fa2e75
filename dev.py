"""Run the project's everyday commands from a fresh clone, with Python and pip alone.

``python3 dev.py demo`` and ``python3 dev.py test`` are all a newcomer needs. The first run makes ``.venv``
beside this file and installs the package into it with the versions of ``constraints.txt``; a stamp in
``.venv`` remembers what was installed, so later runs start at once.
"""

import argparse
import hashlib
import importlib.util
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
OLDEST = (3, 11)

# command: (extra that it needs, modules to run with their arguments)
COMMANDS: dict[str, tuple[str, list[list[str]]]] = {
    "demo": ("", [["organotropism", "predict", "examples/patient.toml"]]),
    "test": ("dev", [["pytest", "-n", "auto", "--dist", "loadfile"]]),
    # The web application under attack and load, with nothing else beside it.
    "siege": ("dev", [["pytest", "tests/app/test_siege.py", "tests/app/test_contract.py"]]),
    "lint": ("dev", [["ruff", "check", "."], ["ruff", "format", "--check", "."]]),
    "types": ("dev", [["mypy"]]),
    "docs": ("docs", [["mkdocs", "build", "--strict"]]),
    # Known vulnerabilities of the pinned versions; where the registry has no advisories it says so.
    "audit": ("audit", [["pip_audit", "-r", "constraints.txt", "--no-deps", "--disable-pip"]]),
    "rebuild": ("", [["organotropism", "learn", "literature", "--compare"]]),
}
ALL = ("lint", "types", "docs", "audit", "rebuild", "test")


def digest() -> str:
    """Fingerprint of what an installation depends on (an editable one also on where the clone lies)."""
    parts = [(ROOT / name).read_bytes() for name in ("pyproject.toml", "constraints.txt")]
    return hashlib.sha256(b"\0".join([*parts, str(ROOT).encode()])).hexdigest()


def installed(extra: str) -> bool:
    """Whether the package is installed as it stands now; any extra brings the package itself along."""
    stamps = [VENV / f"installed-{extra}"] if extra else list(VENV.glob("installed-*"))
    return PYTHON.exists() and any(stamp.exists() and stamp.read_text() == digest() for stamp in stamps)


def install(extra: str) -> None:
    """Make the environment if it is missing and install the package, editable, with one extra."""
    if importlib.util.find_spec("pip") is None:
        sys.exit(f"dev.py: {sys.executable} has no pip; install it or use another Python")
    if not PYTHON.exists():
        # Without its own pip: quicker, and some systems ship the module that would add one separately.
        venv.EnvBuilder(clear=True, symlinks=os.name != "nt", with_pip=False).create(VENV)
    target = f".[{extra}]" if extra else "."
    print(f"dev.py: installing {target} into {VENV.name} (once)", file=sys.stderr, flush=True)
    pip = [sys.executable, "-m", "pip", "--python", str(PYTHON), "install"]
    quiet = ["--quiet", "--disable-pip-version-check"]
    done = subprocess.run([*pip, *quiet, "-c", "constraints.txt", "-e", target], cwd=ROOT, check=False)
    if done.returncode:
        sys.exit("dev.py: the installation failed; pip says why above")
    (VENV / f"installed-{extra or 'base'}").write_text(digest())


def run(command: str, arguments: list[str]) -> int:
    """Run one command, with further arguments for its last step; the exit code of the first failure."""
    extra, steps = COMMANDS[command]
    if not installed(extra):
        install(extra)
    for number, step in enumerate(steps, start=1):
        last = arguments if number == len(steps) else []
        # A siege wants the machine for itself, so the tests at large pass it over.
        environment = os.environ | ({"ORGANOTROPISM_SIEGE": "1"} if command == "siege" else {})
        words = [str(PYTHON), "-m", *step, *last]
        code = subprocess.run(words, cwd=ROOT, env=environment, check=False).returncode
        if code:
            return code
    return 0


def main() -> int:
    """Read the command line and run what it asks for; returns the exit code."""
    if sys.version_info < OLDEST:
        sys.exit("dev.py: Python 3.11 or later is needed, this is " + sys.version.split()[0])
    parser = argparse.ArgumentParser(prog="dev.py", description="Everyday commands of organotropism.")
    parser.add_argument("command", choices=[*COMMANDS, "all"], help=f"all: {', '.join(ALL)}")
    chosen, further = parser.parse_known_args()
    if chosen.command != "all":
        return run(chosen.command, further)
    if further:
        parser.error("all takes no further arguments")
    # Each is run even if an earlier one failed: one round shows everything there is to mend.
    failed = [command for command in ALL if run(command, [])]
    print(f"dev.py: failed: {', '.join(failed)}" if failed else f"dev.py: passed: {', '.join(ALL)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
