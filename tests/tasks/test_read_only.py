from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.tasks.folders import prepared, simple_folder
from tui_aide.tasks.preparing import prepare
from tui_aide.tasks.read_only import make_read_only, remove_tree


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def tree(folder: Path) -> Path:
    (folder / "deep" / "deeper").mkdir(parents=True)
    (folder / "deep" / "deeper" / "file").write_text("text")
    (folder / "file").write_text("text")
    return folder


def test_what_scripts_see_is_read_only_and_the_originals_are_not(tmp_path: Path) -> None:
    folder = simple_folder(tmp_path / "task")
    (folder / "images").mkdir()
    (folder / "images" / "1.png").write_bytes(b"png")
    before = {path: mode(path) for path in folder.rglob("*")}
    prepared(folder, tmp_path / "session")
    root = tmp_path / "session" / "input"
    for path in [root, *root.rglob("*")]:
        assert mode(path) == (0o555 if path.is_dir() else 0o444), path
        assert not path.is_symlink()
    assert {path: mode(path) for path in folder.rglob("*")} == before
    assert mode(tmp_path / "session" / "private") == 0o700


def test_links_are_left_alone(tmp_path: Path) -> None:
    tree(tmp_path / "elsewhere")
    before = mode(tmp_path / "elsewhere"), mode(tmp_path / "elsewhere" / "file")
    folder = tree(tmp_path / "folder")
    (folder / "link").symlink_to(tmp_path / "elsewhere")
    (folder / "link-to-file").symlink_to(tmp_path / "elsewhere" / "file")
    make_read_only(folder)
    assert (mode(tmp_path / "elsewhere"), mode(tmp_path / "elsewhere" / "file")) == before
    remove_tree(folder)
    assert (tmp_path / "elsewhere" / "deep" / "deeper" / "file").read_text() == "text"


def test_an_aborted_preparation_is_done_again(tmp_path: Path) -> None:
    task, result = prepared(simple_folder(tmp_path / "task"), tmp_path / "session")
    shutil.rmtree(result.private)  # as after a crash between the two renames
    assert prepare(task, tmp_path / "session", 0).view == result.view
    assert mode(result.inputs[0]) == 0o555


def test_a_tree_of_any_depth_is_removed(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    fd = os.open(folder, os.O_RDONLY)
    for _ in range(3_000):  # deeper than Python recurses, than files may be open, and than a path is long
        os.mkdir("deep", dir_fd=fd)
        inner = os.open("deep", os.O_RDONLY, dir_fd=fd)
        os.close(fd)
        fd = inner
    os.close(os.open("file", os.O_CREAT, dir_fd=fd))
    os.close(fd)
    remove_tree(folder)
    assert not folder.exists()


def test_of_a_link_to_a_folder_only_the_link_is_removed(tmp_path: Path) -> None:
    tree(tmp_path / "elsewhere")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    remove_tree(tmp_path / "link")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["elsewhere"]
    assert (tmp_path / "elsewhere" / "deep" / "deeper" / "file").read_text() == "text"


def test_what_cannot_be_removed_is_told_and_all_else_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tree(tmp_path / "folder")
    (folder / "deep" / "stuck").write_text("text")
    unlink = os.unlink

    def refuse(path: str, *, dir_fd: int | None = None) -> None:
        if path == "stuck":
            raise PermissionError(1, "Operation not permitted", path)
        unlink(path, dir_fd=dir_fd)

    monkeypatch.setattr(os, "unlink", refuse)
    with pytest.raises(PermissionError):
        remove_tree(folder)
    assert [path.name for path in folder.rglob("*") if path.is_file()] == ["stuck"]
    remove_tree(folder, ignore_errors=True)
    monkeypatch.undo()
    remove_tree(folder)
    assert not folder.exists()


_AS_USER = """
import os, sys
from pathlib import Path
from tui_aide.tasks.read_only import make_read_only, remove_tree
os.setgid(65534)
os.setuid(65534)
home = Path(sys.argv[1])
(home / "session" / "input" / "deep").mkdir(parents=True)
(home / "session" / "input" / "deep" / "file").write_text("text")
make_read_only(home / "session" / "input")
for path in (home / "session" / "input" / "new", home / "session" / "input" / "deep" / "file"):
    try:
        path.write_text("changed")
    except PermissionError:
        continue
    sys.exit(f"{path} was written")
remove_tree(home / "session")
sys.exit(int((home / "session").exists()))
"""


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only the superuser can become another")
def test_a_user_can_remove_but_not_write(tmp_path: Path) -> None:
    place = Path(tempfile.mkdtemp())  # a user may not enter the tests' own folder
    place.chmod(0o777)
    try:
        done = subprocess.run([sys.executable, "-c", _AS_USER, str(place)], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
    finally:
        shutil.rmtree(place)


def test_what_is_missing_is_an_error_unless_ignored(tmp_path: Path) -> None:
    remove_tree(tmp_path / "none", ignore_errors=True)
    with pytest.raises(FileNotFoundError):
        remove_tree(tmp_path / "none")
