from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.tasks.folders import prepared, simple_folder
from tui_aide.tasks.input_fingerprint import changed_inputs, input_fingerprint


def inputs(tmp_path: Path, folds: int = 1) -> tuple[Path, ...]:
    folder = simple_folder(tmp_path / "task", toml=f"folds = {folds}")
    (folder / "images").mkdir()
    (folder / "images" / "1.png").write_bytes(b"png")
    return prepared(folder, tmp_path / "session")[1].inputs


def test_reading_changes_nothing(tmp_path: Path) -> None:
    folders = inputs(tmp_path)
    before = input_fingerprint(folders)
    assert sorted(before) == ["images", "sample_submission.csv", "test.csv", "train.csv"]
    for path in folders[0].rglob("*.*"):
        path.read_bytes()
    assert input_fingerprint(folders) == before


def test_changed_new_and_removed_files_are_named(tmp_path: Path) -> None:
    (folder,) = inputs(tmp_path)
    for path in (folder, folder / "images", folder / "train.csv"):
        path.chmod(0o700)
    before = input_fingerprint([folder])
    status = (folder / "train.csv").stat()
    text = (folder / "train.csv").read_text()
    (folder / "train.csv").write_text(text[::-1])  # the same size
    os.utime(folder / "train.csv", ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    (folder / "features.csv").write_text("x")
    (folder / "test.csv").unlink()
    after = input_fingerprint([folder])
    assert changed_inputs(before, after) == ["features.csv", "test.csv", "train.csv"]


def test_files_that_come_into_a_folder_are_seen(tmp_path: Path) -> None:
    (folder,) = inputs(tmp_path)
    (folder / "images").chmod(0o700)
    os.utime(folder / "images", ns=(0, 0))
    before = input_fingerprint([folder])
    (folder / "images" / "2.png").touch()
    assert changed_inputs(before, input_fingerprint([folder])) == ["images"]


def test_of_several_folds_the_changed_one_is_named(tmp_path: Path) -> None:
    folders = inputs(tmp_path, 3)
    before = input_fingerprint(folders)
    (folders[1] / "train.csv").chmod(0o600)
    (folders[1] / "train.csv").write_text("")
    assert changed_inputs(before, input_fingerprint(folders)) == ["fold-1/train.csv"]


def test_a_folder_that_is_gone_is_a_change(tmp_path: Path) -> None:
    folders = inputs(tmp_path)
    before = input_fingerprint(folders)
    assert "train.csv" in changed_inputs(before, input_fingerprint([tmp_path / "none"]))


def test_no_numeric_library_is_loaded() -> None:
    code = (
        "import sys, tui_aide.tasks.input_fingerprint, tui_aide.tasks.read_only, tui_aide.tasks.invalid_submission\n"
        "sys.exit(int('numpy' in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
