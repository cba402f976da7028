from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.taped import ANSWER, OUTPUT, START, TEXT, Tape, tape, three_nodes
from tui_aide.sessions.recorded_folder import RecordedFolder
from tui_aide.sessions.recording import Recording
from tui_aide.sessions.view import shown_size
from tui_aide.tree import events as ev


class Then:
    """A tape's files at any of its times."""

    def __init__(self, made: Tape) -> None:
        self.folder = RecordedFolder(Recording(made.folder))

    def text(self, seconds: float, name: str, node: int = 0) -> str:
        """What was to be seen of a file at a time."""
        self.folder.time = START + seconds
        path = self.folder.version(self.folder.node(node) / name)
        data = path.read_bytes()
        return data[: shown_size(path, len(data), self.folder.extent)].decode()


def test_texts_come_with_their_sample(tmp_path: Path) -> None:
    then = Then(three_nodes(tmp_path))
    assert [len(then.text(s, "reasoning.md")) for s in (0, 1, 2, 3.5, 6, 10, 60)] == [0, 0, 22, 55, 110, 110, 110]
    assert len(TEXT) == len(ANSWER) == 110
    assert then.text(6, "answer.md") == ""
    assert then.text(8, "answer.md") == ANSWER[:55]
    assert then.text(10, "answer.md") == ANSWER
    assert then.text(0, "prompt.md", 1) == ""
    assert then.text(20, "prompt.md", 1) == "the prompt"


def test_output_comes_with_its_run_and_what_is_written_whole_when_it_was_written(tmp_path: Path) -> None:
    then = Then(three_nodes(tmp_path))
    assert then.text(11, "output.log") == ""
    assert then.text(15, "output.log") == OUTPUT[:100]
    assert then.text(19, "output.log") == OUTPUT
    assert [then.text(s, "solution.py", 1) for s in (29, 30)] == ["", "print(1)\n"]
    assert [then.text(s, "plan.md", 1) for s in (29, 30)] == ["", "the plan of 1"]
    assert [bool(then.text(s, "score.json", 1)) for s in (39, 40)] == [False, True]


def test_each_fold_has_its_part_of_the_output(tmp_path: Path) -> None:
    made = tape(tmp_path)
    made.begin()
    made.ran(0, 0, 10, fold=0, output=150)
    made.ran(0, 20, 30, fold=1, output=50)
    made.write(0, "output.log", OUTPUT)
    then = Then(made)
    assert [len(then.text(s, "output.log")) for s in (5, 15, 25, 30)] == [75, 150, 175, 200]


def test_each_sample_and_run_of_a_node_has_its_own_files(tmp_path: Path) -> None:
    made = tape(tmp_path)
    made.begin()
    made.sampled(0, 0)
    made.checked(0, 10)
    made.ran(0, 10, 20)
    made.sampled(0, 20, sample=1)
    made.checked(0, 30)
    made.ran(0, 30, 40)
    for name in ("reasoning-0.md", "reasoning.md"):
        made.write(0, name, TEXT)
    made.write(0, "prompt-0.md", "first")
    made.write(0, "prompt.md", "second")
    made.write(0, "solution-1.py", "1")
    made.write(0, "solution.py", "2")
    for name in ("output-1.log", "output.log"):
        made.write(0, name, OUTPUT)
    then = Then(made)
    assert (then.text(3.5, "reasoning-0.md"), then.text(3.5, "reasoning.md")) == (TEXT[:55], "")
    assert (then.text(23.5, "reasoning-0.md"), then.text(23.5, "reasoning.md")) == (TEXT, TEXT[:55])
    assert (then.text(15, "output-1.log"), then.text(15, "output.log")) == (OUTPUT[:100], "")
    assert then.text(35, "output.log") == OUTPUT[:100]
    assert [then.text(s, "solution.py") for s in (5, 10, 25, 30, 40)] == ["", "1", "1", "2", "2"]


def test_questions_beside_the_script_come_with_their_own_samples(tmp_path: Path) -> None:
    made = tape(tmp_path)
    made.begin()
    made.sampled(0, 0, purpose="plan")
    made.sampled(0, 10, sample=1, purpose="plan")
    made.sampled(0, 20, sample=2)
    for name in ("asides/0/prompt.md", "asides/1/prompt.md", "prompt.md"):
        made.write(0, name, "p")
    for name in ("asides/0/answer.md", "asides/1/answer.md", "answer.md"):
        made.write(0, name, ANSWER)
    then = Then(made)
    for begin, name in ((0, "asides/0/answer.md"), (10, "asides/1/answer.md"), (20, "answer.md")):
        assert [then.text(begin + s, name) for s in (6, 8, 10)] == ["", ANSWER[:55], ANSWER]


def test_what_a_broken_off_sample_had_streamed_is_not_shown(tmp_path: Path) -> None:
    made = tape(tmp_path)
    made.begin()
    made.at(0, ev.SampleStarted(node=0, sample=0, model="m"))
    made.at(50, ev.SampleRestarted(node=0, sample=0, reason="the server was lost"))
    made.now = 60
    made.sample(0)
    made.write(0, "reasoning.md", TEXT)
    then = Then(made)
    assert [len(then.text(s, "reasoning.md")) for s in (40, 50, 55, 60)] == [0, 0, 55, 110]


def test_a_node_that_began_anew_shows_only_its_last_beginning(tmp_path: Path) -> None:
    made = tape(tmp_path)
    made.begin()
    made.at(1, ev.SampleStarted(node=0, sample=0, model="m"))
    made.at(100, ev.SessionResumed(budget=ev.Budget(), model="m", workers=1, slots=1, restarted=(0,)))
    made.at(100, ev.NodeRestarted(node=0))
    made.sampled(0, 100)
    made.write(0, "reasoning.md", TEXT)
    then = Then(made)
    assert [len(then.text(s, "reasoning.md")) for s in (1, 50, 103.5, 106)] == [0, 0, 55, 110]


def test_what_has_no_end_yet_is_shown_as_far_as_it_is(tmp_path: Path) -> None:
    made = tape(tmp_path)
    made.begin()
    made.at(1, ev.SampleStarted(node=0, sample=0, model="m"))
    made.at(11, ev.Notice(level="info", message="on the way"))
    made.write(0, "reasoning.md", TEXT)
    then = Then(made)
    assert [len(then.text(s, "reasoning.md")) for s in (1, 6, 11)] == [0, 55, 110]


@pytest.mark.parametrize("chosen", [0, 1])
def test_a_candidates_files_are_found_where_they_lie_in_the_end(tmp_path: Path, chosen: int) -> None:
    made = tape(tmp_path)
    made.begin()
    made.at(0, ev.CandidatesForked(node=0, candidate=0, candidates=(0, 1), by="best-of-n"))
    made.sampled(0, 0)
    made.sampled(0, 20, sample=1, candidate=1)
    standings = (ev.Standing(chosen, "best"), ev.Standing(1 - chosen, "worse"))
    made.at(40, ev.CandidateChosen(node=0, chosen=chosen, by="best-of-n", reason="best", standings=standings))
    own = "candidates/0/" if chosen else ""
    other = "" if chosen else "candidates/1/"
    for place in (own, other):
        made.write(0, f"{place}prompt.md", "p")
        made.write(0, f"{place}answer.md", ANSWER)
    then = Then(made)
    assert then.folder.settled(0) == (1 if chosen else None)
    assert [then.text(s, f"{own}answer.md") for s in (6, 8, 28)] == ["", ANSWER[:55], ANSWER]
    assert [then.text(s, f"{other}answer.md") for s in (8, 28, 30)] == ["", ANSWER[:55], ANSWER]


def test_other_files_are_shown_whole(tmp_path: Path) -> None:
    made = three_nodes(tmp_path)
    folder = Then(made).folder
    assert folder.extent(folder.path / "best" / "solution.py") is None
    assert folder.extent(folder.node(0) / "notes.txt") is None
    assert folder.extent(Path("/elsewhere/nodes/0000/reasoning.md")) is None
