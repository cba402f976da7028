"""What scripts see of this package itself: not the generators of the bundled tasks, which could make their labels."""

from __future__ import annotations

from pathlib import Path

from tui_aide.execution.sandboxes.masking import MASKED, PACKAGE, around, instead_of, masked_in


def test_generators_are_masked_wherever_the_package_is_shown() -> None:
    assert masked_in([PACKAGE]) == list(MASKED)
    assert masked_in(["/usr", str(Path(PACKAGE).parent)]) == list(MASKED)
    assert masked_in(["/usr", f"{PACKAGE}/execution/hooks"]) == []
    assert (Path(MASKED[0]) / "digits.py").is_file()


def test_around_a_masked_folder_all_else_stays_and_no_link_leads_back(tmp_path: Path) -> None:
    lib = tmp_path / "env" / "lib"
    for name in ("numpy", "tui_aide/cli", "tui_aide/tasks/bundled", "tui_aide/tasks/more"):
        (lib / name).mkdir(parents=True)
    (tmp_path / "env" / "lib64").symlink_to("lib")
    (lib / "site.py").touch()
    shown, listed = around(["/usr", str(tmp_path / "env")], [str(lib / "tui_aide/tasks/bundled")])
    assert listed == [str(p) for p in (tmp_path / "env", lib, lib / "tui_aide", lib / "tui_aide/tasks")]
    expected = {lib / "numpy", lib / "site.py", lib / "tui_aide/cli", lib / "tui_aide/tasks/more"}
    assert set(shown) == {"/usr", *map(str, expected)}


def test_of_an_editable_install_the_package_and_its_environment_are_shown() -> None:
    project = Path(PACKAGE).parent
    assert instead_of("/usr") == ["/usr"]
    shown = instead_of(str(project))
    if (project / "pyproject.toml").exists():
        assert shown[0] == PACKAGE
        assert str(project / ".git") not in shown
        assert str(project) not in shown
