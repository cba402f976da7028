"""Scripts that leave something else than a submission, from their run to the node's verdict."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.ending import RealSearch, script
from tui_aide.engine.best import Ending
from tui_aide.tasks.read_only import remove_tree

DEEP = """\
import os
work = os.getcwd()
for place in (os.environ["HOME"], work):
    os.chdir(place)
    for _ in range(1500):
        os.mkdir("d")
        os.chdir("d")
"""


@pytest.mark.parametrize(
    ("end", "message"),
    [
        ("os.remove('submission.csv'); os.symlink(kept, 'submission.csv')", "submission.csv is a symbolic link; "),
        ("os.remove('submission.csv'); os.mkfifo('submission.csv')", "submission.csv is a pipe; "),
        ("os.truncate('submission.csv', 10**10)", "submission.csv has 10,000.0 MB; for 66 rows it may have "),
        (
            "os.remove('submission.csv'); os.rmdir('working'); os.symlink(os.path.dirname(kept), 'working')",
            "working is a symbolic link; ",
        ),
    ],
)
async def test_the_verdict_says_what_it_is(tmp_path: Path, end: str, message: str) -> None:
    kept = tmp_path / "elsewhere" / "submission.csv"
    kept.parent.mkdir()
    kept.write_text("id,y\n")
    code = f"import os\nkept = {str(kept)!r}\n{script()}\n{end}\n"
    search = RealSearch(tmp_path, lambda _: code)
    search.ending = Ending(ensemble=False, refit=False)
    await search.run()
    node = search.tree.nodes[0]
    assert (node.verdict, node.message[: len(message)]) == ("invalid_submission", message)
    assert not search.folder.best.exists()
    assert kept.read_text() == "id,y\n"


async def test_what_is_kept_is_what_was_scored_and_no_copy_is_left(tmp_path: Path) -> None:
    search = RealSearch(tmp_path, lambda _: script())
    await search.run()
    own = search.folder.node(0)
    assert search.tree.nodes[0].verdict == "valid"
    assert not (own / "received").exists()
    assert not (search.folder.path / "final" / "refit" / "received").exists()
    (own / "work" / "submission.csv").write_text("changed after it was scored")
    assert search.best().startswith("id,y\n")


async def test_folders_of_any_depth_are_no_harm(tmp_path: Path) -> None:
    search = RealSearch(tmp_path, lambda _: script() + DEEP, nodes=2)
    search.ending = Ending(ensemble=False, refit=False)
    try:
        await search.run()
    finally:
        remove_tree(tmp_path / "session")  # pytest's own removal would fail
    assert [n.verdict for n in search.tree.nodes.values()] == ["valid", "valid"]
    assert search.tree.status == "finished"
