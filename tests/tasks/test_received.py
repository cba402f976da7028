"""Submissions that attack: the scorer reads what a script left only where that is a plain file of its own."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from tests.tasks.folders import prepared, simple_folder
from tui_aide.tasks.invalid_submission import InvalidSubmission
from tui_aide.tasks.received import most_bytes, receive
from tui_aide.tasks.scoring import Scorer

Attack = Callable[[Path, Path], object]


def socket_at(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(10 * 10**9)


def through_folder(work: Path, private: Path) -> None:
    (work / "working").symlink_to(private)


def loop(work: Path, private: Path) -> None:
    (work / "submission.csv").symlink_to("submission.csv")


ATTACKS: dict[str, tuple[Attack, str]] = {
    "link": (lambda w, p: (w / "submission.csv").symlink_to(p / "submission.csv"), "is a symbolic link"),
    "relative link": (lambda w, p: (w / "submission.csv").symlink_to(f"../{p.name}/submission.csv"), "symbolic link"),
    "link to nothing": (lambda w, p: (w / "submission.csv").symlink_to(w / "none"), "is a symbolic link"),
    "link to itself": (loop, "is a symbolic link"),
    "folder that is a link": (through_folder, "working is a symbolic link"),
    "hard link": (lambda w, p: (w / "submission.csv").hardlink_to(p / "submission.csv"), "is a hard link"),
    "pipe": (lambda w, p: os.mkfifo(w / "submission.csv"), "is a pipe"),
    "folder": (lambda w, p: (w / "submission.csv").mkdir(), "is a folder"),
    "socket": (lambda w, p: socket_at(w / "submission.csv"), "is a socket"),
    "link to a device": (lambda w, p: (w / "submission.csv").symlink_to("/dev/zero"), "is a symbolic link"),
    "10 GB": (lambda w, p: sparse(w / "submission.csv"), "has 10,000.0 MB; for 40 rows it may have 1.0 MB"),
}


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path, Path]:
    """A script's folder, one with what it may not read, and the place of the copy."""
    work, private = tmp_path / "w", tmp_path / "private"
    work.mkdir()
    private.mkdir()
    (private / "submission.csv").write_text("id,y\n1,secret\n")
    return work, private, tmp_path / "received" / "submission.csv"


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_but_a_plain_file_is_taken(places: tuple[Path, Path, Path], attack: str) -> None:
    work, private, goal = places
    do, words = ATTACKS[attack]
    do(work, private)
    with pytest.raises(InvalidSubmission, match=words):
        receive(work, goal, 1_000_000, 40)
    assert not goal.exists()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only the superuser can make devices")
def test_a_device_is_not_read(places: tuple[Path, Path, Path]) -> None:
    work, _, goal = places
    try:
        os.mknod(work / "submission.csv", 0o600 | 0o020000, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("no devices may be made here")
    with pytest.raises(InvalidSubmission, match="is a device"):
        receive(work, goal, 1_000_000)


def test_a_work_folder_that_became_a_link_holds_nothing(places: tuple[Path, Path, Path]) -> None:
    work, private, goal = places
    work.rmdir()
    work.symlink_to(private)
    with pytest.raises(InvalidSubmission, match="w is a symbolic link"):
        receive(work, goal, 1_000_000)
    assert not goal.exists()


def test_what_is_changed_after_it_was_taken_is_not_scored(places: tuple[Path, Path, Path]) -> None:
    work, _, goal = places
    own = work / "submission.csv"
    own.write_text("as it was")
    with own.open("r+") as still_open:
        assert receive(work, goal, 100) == goal
        still_open.write("changed!!")
    assert goal.read_text() == "as it was"
    assert goal.stat().st_ino != own.stat().st_ino


def test_ours_goes_before_aides_place_and_neither_is_no_error(places: tuple[Path, Path, Path]) -> None:
    work, _, goal = places
    assert not receive(work, goal, 100).exists()
    (work / "working").mkdir()
    (work / "working" / "submission.csv").write_text("aide's")
    assert receive(work, goal, 100).read_text() == "aide's"
    (work / "submission.csv").write_text("ours")
    assert receive(work, goal, 100).read_text() == "ours"
    (work / "submission.csv").unlink()
    (work / "working" / "submission.csv").unlink()
    assert not receive(work, goal, 100).exists()


def test_a_file_where_aides_folder_would_be_is_no_submission(places: tuple[Path, Path, Path]) -> None:
    work, _, goal = places
    (work / "working").write_text("a file")
    assert not receive(work, goal, 100).exists()


def test_honest_submissions_are_far_below_the_limit(tmp_path: Path) -> None:
    _, result = prepared(simple_folder(tmp_path / "task", rows=400, test_rows=4_000), tmp_path / "session")
    view = result.view
    rows = "\n".join(f"{i},{1 / 3:.17f}" for i in range(view.test_rows))
    assert len(rows) * 5 < most_bytes(view) < 5_000_000
    assert most_bytes(msgspec.structs.replace(view, prediction_columns=())) == 1_000_000_000


@pytest.mark.parametrize("attack", ["link", "hard link", "pipe", "folder"])
def test_the_scorer_itself_follows_nothing(tmp_path: Path, attack: str) -> None:
    _, result = prepared(simple_folder(tmp_path / "task"), tmp_path / "session")
    work = tmp_path / "w"
    work.mkdir()
    (result.private / "submission.csv").write_text("Id,y\n1,1\n")
    ATTACKS[attack][0](work, result.private)
    with pytest.raises(InvalidSubmission, match=ATTACKS[attack][1]):
        Scorer(tmp_path / "session").score(tmp_path / "node", [work / "submission.csv"] * len(result.inputs))


def test_a_header_of_a_million_columns_is_refused_at_once(tmp_path: Path) -> None:
    _, result = prepared(simple_folder(tmp_path / "task"), tmp_path / "session")
    (tmp_path / "submission.csv").write_text("Id," * 1_000_000)
    with pytest.raises(InvalidSubmission, match="1,000,001 columns"):
        Scorer(tmp_path / "session").score(tmp_path / "node", [tmp_path / "submission.csv"] * len(result.inputs))
