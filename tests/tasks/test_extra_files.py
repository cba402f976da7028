from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.tasks.folders import prepared, simple_folder
from tui_aide.errors import SessionError, TaskError
from tui_aide.tasks import extra_files, shown_files


def with_images(folder: Path) -> Path:
    simple_folder(folder)
    (folder / "images" / "cats").mkdir(parents=True)
    (folder / "images" / "cats" / "1.png").write_bytes(b"png" * 1000)
    (folder / "stores.csv").write_text("store,city\n1,Bonn\n")
    return folder


def check_originals(folder: Path, inputs: tuple[Path, ...]) -> None:
    for name in ("images/cats/1.png", "stores.csv"):
        content = (folder / name).read_bytes()
        shown = inputs[0] / name
        assert shown.read_bytes() == content
        assert not (folder / name).samefile(shown)
        assert all((other / name).samefile(shown) for other in inputs)
        shown.chmod(0o600)
        shown.write_bytes(b"overwritten")
        assert (folder / name).read_bytes() == content


def test_writing_to_an_input_never_changes_the_original(tmp_path: Path) -> None:
    folder = with_images(tmp_path / "task")
    _, result = prepared(folder, tmp_path / "session")
    check_originals(folder, result.inputs)


def test_files_beside_the_tables_are_listed_before_those_of_a_large_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shown_files, "MOST_FILES", 8)
    folder = with_images(tmp_path / "task")
    for number in range(20):
        (folder / "images" / f"{number}.png").write_bytes(b"png")
    _, result = prepared(folder, tmp_path / "session")
    assert len(result.view.files) == 8
    assert "input/stores.csv" in result.view.files


def test_file_systems_without_copies_by_reference_get_plain_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "copy_file_range", refuse, raising=False)
    folder = with_images(tmp_path / "task")
    _, result = prepared(folder, tmp_path / "session")
    check_originals(folder, result.inputs)


def test_empty_files_are_copied(tmp_path: Path) -> None:
    folder = with_images(tmp_path / "task")
    (folder / "empty.bin").touch()
    _, result = prepared(folder, tmp_path / "session")
    assert (result.inputs[0] / "empty.bin").read_bytes() == b""


def test_linked_folders_are_copied_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = with_images(tmp_path / "task")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "large.bin").write_bytes(bytes(50_000))
    (folder / "images" / "more").symlink_to(tmp_path / "elsewhere")
    _, result = prepared(folder, tmp_path / "session")
    assert not (result.inputs[0] / "images" / "more").is_symlink()
    monkeypatch.setattr(extra_files, "MOST_BYTES", 20_000)
    with pytest.raises(TaskError, match="images"):
        prepared(folder, tmp_path / "other")


def test_too_much_beside_the_tables_is_refused_with_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extra_files, "MOST_BYTES", 2000)
    with pytest.raises(TaskError, match=r"images: the files beside the tables hold .* set link = true"):
        prepared(with_images(tmp_path / "task"), tmp_path / "session")
    assert list((tmp_path / "session").iterdir()) == []


def test_too_little_room_is_told_before_anything_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10_000, 9_000, 1_000))
    with pytest.raises(SessionError, match=r"no space for a copy of the task's files .* --sessions-dir"):
        prepared(with_images(tmp_path / "task"), tmp_path / "session")
    assert list((tmp_path / "session").iterdir()) == []
