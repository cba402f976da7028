"""Writing a bundled task's folder: made once, in one step, and found complete from then on."""

from __future__ import annotations

import hashlib
import importlib
import tempfile
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from tui_aide.errors import TaskError, UsageError, nearest
from tui_aide.tasks.bundled.catalogue import BUNDLED, BundledTask

if TYPE_CHECKING:
    from tui_aide.tasks.bundled.generated import Generated

FILES = ("train.csv", "test.csv", "sample_submission.csv", "description.md", "task.toml")


def find(name: str) -> BundledTask:
    """Return the bundled task of that name.

    Raises:
        UsageError: there is none; the message offers the nearest name.
    """
    try:
        return BUNDLED[name]
    except KeyError:
        raise UsageError(
            f"no bundled task is named {name!r}.{nearest(name, BUNDLED)} `tui-aide tasks` lists them."
        ) from None


def generate(name: str, salt: str = "") -> Generated:
    """Return the tables of a bundled task, with the labels of its test rows; for measuring and tests only.

    A salt gives other rows and other coefficients of the same kind.

    Raises:
        UsageError: there is no bundled task of that name.
    """
    module = importlib.import_module(f"{__package__}.{find(name).generator}")
    result: Generated = module.generate(salt)
    return result


def salted_name(name: str, version: int, salt: str) -> str:
    """Return the folder's name of a task: a salt shows as a short hash, so that the name does not tell it."""
    tag = f"-{hashlib.sha256(f'{name}:{salt}'.encode()).hexdigest()[:12]}" if salt else ""
    return f"{name}-v{version}{tag}"


def materialise(name: str, cache: Path, salt: str = "") -> Path:
    """Return the folder of a bundled task below `cache`, written now if it is not there or not complete.

    The labels of the test rows are not written anywhere.

    Args:
        name: a name in `BUNDLED`.
        cache: the folder that holds (or will hold) `<name>-v<version>`, or `<name>-v<version>-<hash>` of a salted one.
        salt: any text for rows and coefficients that nobody has tuned on; empty for the usual ones.

    Raises:
        UsageError: there is no bundled task of that name.
        TaskError: the folder cannot be written.
    """
    task = find(name)
    folder = cache / salted_name(task.name, task.version, salt)
    if _complete(task, folder):
        return folder
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{task.name}-", dir=cache) as scratch:
            made = Path(scratch) / "task"
            made.mkdir()
            _write(task, made, salt)
            _put(task, made, folder, Path(scratch))
    except OSError as error:
        raise TaskError(
            f"cannot write the bundled task {name!r} below {cache}: {error.strerror or error}; "
            "free some space there, or name another folder in TUI_AIDE_CACHE_DIR."
        ) from error
    return folder


def _expected(task: BundledTask) -> tuple[str, ...]:
    return (*FILES, *(("LICENSE.txt",) if task.licence else ()), *task.files)


def _complete(task: BundledTask, folder: Path) -> bool:
    return all((folder / file).exists() for file in _expected(task))


def _put(task: BundledTask, made: Path, folder: Path, scratch: Path) -> None:
    """Move the finished folder to its place; another process may have been faster, or left a torn one there."""
    if folder.exists() and not _complete(task, folder):
        folder.rename(scratch / "torn")
    try:
        made.rename(folder)
    except OSError:
        if not _complete(task, folder):
            raise


def _write(task: BundledTask, folder: Path, salt: str) -> None:
    tables = generate(task.name, salt)
    for file, table in (
        ("train.csv", tables.train),
        ("test.csv", tables.test),
        ("sample_submission.csv", tables.sample_submission),
    ):
        table.to_csv(folder / file, index=False, lineterminator="\n")
    for file, content in tables.files.items():
        (folder / file).parent.mkdir(exist_ok=True)
        (folder / file).write_bytes(content)
    package = files(__package__)
    description = package.joinpath("descriptions", f"{task.name}.md").read_text(encoding="utf-8")
    _write_text(folder / "description.md", description)
    _write_text(folder / "task.toml", task_toml(task))
    if task.licence:
        _write_text(folder / "LICENSE.txt", package.joinpath("data", task.licence).read_text(encoding="utf-8"))


def _write_text(path: Path, text: str) -> None:
    # No newline translation: the files are the same bytes on every system.
    path.write_text(text, encoding="utf-8", newline="\n")


def task_toml(task: BundledTask) -> str:
    """Return the text of the task's task.toml."""
    import tomli_w

    keys = ("name", "goal", "metric", "target", "id", "split", "holdout", "folds")
    table = {key: getattr(task, key) for key in keys}
    return tomli_w.dumps(table | ({"kind": task.kind} if task.kind else {}))
