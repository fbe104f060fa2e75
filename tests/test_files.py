"""Files that appear whole or not at all, and scratch folders that do not outlive their process."""

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from organotropism.errors import InputError
from organotropism.files import new_file, new_folder, scratch_folder, system_problem


def write(target: Path | str, text: str = "new") -> None:
    with new_file(target) as part:
        part.write_text(text, encoding="utf-8")


def test_a_file_is_replaced_and_nothing_stays_beside_it(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")
    write(target)
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


def test_an_error_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")
    with pytest.raises(KeyError), new_file(target) as part:
        part.write_text("half")
        raise KeyError("what the caller did wrong")
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_link_is_followed(tmp_path: Path) -> None:
    real, link = tmp_path / "data" / "real.txt", tmp_path / "link.txt"
    real.parent.mkdir()
    real.write_text("old")
    link.symlink_to(real)
    write(link)
    assert link.is_symlink()
    assert real.read_text() == "new"


def test_a_circle_of_links_is_one_clear_line(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.symlink_to(two)
    two.symlink_to(one)
    with pytest.raises(InputError, match=r"one: cannot be written \(Too many levels of symbolic links\)"):
        write(one)


def test_names_may_have_255_bytes_but_not_more(tmp_path: Path) -> None:
    write(tmp_path / ("n" * 255))
    with pytest.raises(InputError, match="File name too long"):
        write(tmp_path / ("n" * 256))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_devices_take_content_and_refuse_in_one_line() -> None:
    write("/dev/null")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    with pytest.raises(InputError, match="/dev/full: cannot be written"):
        write("/dev/full", "x" * 100_000)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_named_pipe_receives_the_content(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE) as reader:
        write(pipe, "through")
        assert reader.stdout is not None
        assert reader.stdout.read() == b"through"
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_folder_is_not_replaced_by_a_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not a file"):
        write(tmp_path)


def test_a_folder_appears_whole_and_replaces_its_predecessor(tmp_path: Path) -> None:
    target = tmp_path / "report"
    for content in ("first", "second"):
        with new_folder(target) as folder:
            (folder / content).write_text(content)
    assert [file.name for file in target.iterdir()] == ["second"]
    with pytest.raises(ZeroDivisionError), new_folder(target) as folder:
        (folder / "third").write_text("half")
        raise ZeroDivisionError
    assert [file.name for file in target.iterdir()] == ["second"]
    assert list(tmp_path.iterdir()) == [target]


def test_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere.a\.txt: cannot be written \(No such file or directory\)"):
        write(tmp_path / "nowhere" / "a.txt")


def test_scratch_is_private(tmp_path: Path) -> None:
    with scratch_folder(tmp_path) as folder:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_removed_by_the_next(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from organotropism.files import scratch_folder\n"
        "with scratch_folder(Path(sys.argv[1])) as folder:\n"
        "    (folder / 'patients.csv').write_text('id')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert done.returncode == -9
    left = list(tmp_path.iterdir())
    assert len(left) == 1
    with scratch_folder(tmp_path) as mine:
        assert list(tmp_path.iterdir()) == [mine]


def test_scratch_of_running_processes_and_of_other_machines_stays(tmp_path: Path) -> None:
    with scratch_folder(tmp_path) as running:
        # No process has this number: the largest that Linux gives is 2^22.
        other = tmp_path / f".organotropism-another{socket.gethostname().lower()}-99999999-abc"
        other.mkdir()
        with scratch_folder(tmp_path):
            assert running.exists()
            assert other.exists()


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (OSError(28, "No space left on device"), "the system refuses: No space left on device"),
        (PermissionError(13, "Permission denied", "a.csv"), "a.csv: the system refuses: Permission denied"),
        (RuntimeError("IO Error: could not write: os error 28"), "No space left on device"),
        (ValueError("a defect"), None),
    ],
)
def test_refusals_of_the_system_are_told_from_defects(error: Exception, line: str | None) -> None:
    problem = system_problem(error)
    assert (problem is None) if line is None else line in str(problem)
