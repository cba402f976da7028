"""`link = true`: files beside the tables are shared by links, and neither sessions nor their end touch them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tasks.folders import prepared, simple_folder
from tui_aide.errors import TaskError
from tui_aide.tasks.input_fingerprint import changed_inputs, input_fingerprint
from tui_aide.tasks.linked import linked_places
from tui_aide.tasks.loading import load_task
from tui_aide.tasks.read_only import remove_tree
from tui_aide.tasks.refit_input import write_refit_input
from tui_aide.tasks.task import Prepared


def linking(tmp_path: Path, toml: str = "link = true\nholdout = 0.2\n") -> Path:
    folder = simple_folder(tmp_path / "task", toml=toml)
    (folder / "images" / "cats").mkdir(parents=True)
    for number in range(30):
        (folder / "images" / "cats" / f"{number:02}.png").write_bytes(b"png")
    (folder / "images" / "index.txt").write_text("cats\n")
    (folder / "large.bin").write_bytes(bytes(1000))
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return linking(tmp_path)


@pytest.fixture
def result(folder: Path, tmp_path: Path) -> Prepared:
    return prepared(folder, tmp_path / "session")[1]


def test_links_lead_to_the_originals_and_tables_are_written(folder: Path, result: Prepared) -> None:
    shown = result.inputs[0]
    assert [path.name for path in sorted(shown.iterdir()) if path.is_symlink()] == ["images", "large.bin"]
    assert linked_places(shown) == (folder / "images", folder / "large.bin")
    assert (shown / "images" / "cats" / "07.png").samefile(folder / "images" / "cats" / "07.png")
    assert not (shown / "train.csv").is_symlink()


def test_each_fold_has_the_links(tmp_path: Path) -> None:
    folder = linking(tmp_path, "link = true\nfolds = 3\n")
    _, result = prepared(folder, tmp_path / "session")
    assert [linked_places(one) for one in result.inputs] == [(folder / "images", folder / "large.bin")] * 3


def test_a_session_leaves_modes_and_files_of_the_originals_alone(
    folder: Path, result: Prepared, tmp_path: Path
) -> None:
    def modes() -> dict[str, tuple[int, int]]:
        return {str(path): (path.stat().st_mode, path.stat().st_nlink) for path in folder.rglob("*")}

    before = modes()
    refit = write_refit_input(tmp_path / "session")
    assert refit is not None
    assert (refit / "images").readlink() == folder / "images"
    remove_tree(tmp_path / "session")
    assert modes() == before


def test_the_view_lists_a_few_files_of_a_linked_folder_and_says_so(result: Prepared) -> None:
    files = [name for name in result.view.files if "images" in name]
    assert files == ["input/images/index.txt", *(f"input/images/cats/{n:02}.png" for n in range(5))]
    assert result.view.files["input/large.bin"] == 1000
    assert "input/images holds 31 files; a few of them are listed." in result.view.notes


def test_what_a_link_leads_to_is_watched(folder: Path, result: Prepared) -> None:
    before = input_fingerprint(result.inputs)
    (folder / "large.bin").write_bytes(bytes(999))
    assert changed_inputs(before, input_fingerprint(result.inputs)) == ["large.bin"]


def test_a_link_in_the_task_folder_leads_to_its_real_place(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (folder / "more").symlink_to(tmp_path / "elsewhere")
    _, result = prepared(folder, tmp_path / "session")
    assert (result.inputs[0] / "more").readlink() == tmp_path / "elsewhere"


def test_withheld_files_are_not_linked(folder: Path, tmp_path: Path) -> None:
    (folder / "solution.zip").write_bytes(b"")
    (folder / "grade.py").write_text("")
    _, result = prepared(folder, tmp_path / "session")
    assert {"solution.zip", "grade.py"}.isdisjoint(path.name for path in result.inputs[0].iterdir())


def test_link_must_be_true_or_false(tmp_path: Path) -> None:
    with pytest.raises(TaskError, match="`link` must be true or false"):
        load_task(linking(tmp_path, 'link = "yes"\n'))
