"""What comes back from another machine is written below its folder, or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tui_aide.execution.remote.parcels import FolderWriter, Part, digest, files_below, fingerprint, read_parts


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A work folder beside what must not change: inputs that a link leads to, and a file."""
    (tmp_path / "inputs").mkdir()
    (tmp_path / "inputs" / "train.csv").write_text("precious")
    (tmp_path / "outside").write_text("precious")
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "input").symlink_to("../inputs")
    (folder / "link").symlink_to("../outside")
    return folder


def written(folder: Path, *parts: Part, most_bytes: int = 1000, most_files: int = 10) -> int:
    writer = FolderWriter(folder, most_bytes, most_files)
    for part in parts:
        writer.take(part)
    writer.close()
    return writer.refused


@pytest.mark.parametrize(
    "path",
    [
        "../outside",
        "a/../../outside",
        "/tmp/outside",
        "input/train.csv",
        "input/new",
        "input",
        "link",
        "",
        ".",
        "a//b",
        "a\0b",
        "a/" * 70 + "b",
        "x" * 300,
    ],
)
def test_no_path_leads_outside(folder: Path, path: str) -> None:
    before = sorted(str(p) for p in folder.parent.rglob("*"))
    assert written(folder, Part(path, b"evil", True), Part("good", b"fine", True)) == 1
    assert (folder / "good").read_bytes() == b"fine"
    (folder / "good").unlink()
    assert [p for p in sorted(str(p) for p in folder.parent.rglob("*")) if not p.endswith("/a")] == before
    assert (folder.parent / "outside").read_text() == "precious"
    assert (folder.parent / "inputs" / "train.csv").read_text() == "precious"


def test_a_file_in_parts_is_whole_and_a_folder_is_made_for_it(folder: Path) -> None:
    assert written(folder, Part("a/b/c", b"one ", True), Part("a/b/c", b"two", False)) == 0
    assert (folder / "a/b/c").read_bytes() == b"one two"


def test_no_more_is_written_than_allowed(folder: Path) -> None:
    assert written(folder, Part("a", b"x" * 600, True), Part("a", b"x" * 600, False), Part("b", b"x", True)) >= 1
    assert sum(p.stat().st_size for p in folder.iterdir() if p.is_file() and not p.is_symlink()) <= 1000
    assert written(folder, *(Part(f"f{i}", b"", True) for i in range(5)), most_files=3) == 2


def test_only_regular_files_are_sent(folder: Path) -> None:
    (folder / "submission.csv").symlink_to("/etc/passwd")
    os.mkfifo(folder / "fifo")
    (folder / "real").write_text("yes")
    assert files_below(folder) == [("real", 3)]
    with pytest.raises(OSError, match="symbolic"):
        list(read_parts(folder, ["submission.csv"]))


def test_the_hash_tells_names_and_contents_and_a_copy_has_the_same(folder: Path, tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for place in (one, other):
        (place / "deep").mkdir(parents=True)
    (one / "deep" / "a").write_bytes(b"x" * 3_000_000)
    (one / "empty").touch()
    for part in (parts := list(read_parts(one, [path for path, _ in files_below(one)]))):
        assert len(part.data) <= 1 << 20
    assert written(other, *parts, most_bytes=10**7) == 0
    assert digest(one) == digest(other)
    (other / "deep" / "a").rename(other / "deep" / "b")
    assert digest(one) != digest(other)


def test_a_change_shows_even_where_size_and_time_are_put_back(folder: Path) -> None:
    path = folder / "data"
    path.write_text("before")
    status = path.stat()
    before = fingerprint(folder)
    assert fingerprint(folder) == before
    path.write_text("beside")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert fingerprint(folder) != before
