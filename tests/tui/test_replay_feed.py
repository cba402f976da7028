from __future__ import annotations

import random
from pathlib import Path

import msgspec
import pytest

from benchmarks.seeking import write_journal
from tests.sessions.test_recording import with_a_gap
from tests.tui.taped import START, Tape, feed_of, tape, three_nodes
from tui_aide.errors import SessionError
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.recording import Recording
from tui_aide.tree import events as ev
from tui_aide.tree.commands import Pause
from tui_aide.tree.node import Score
from tui_aide.tree.solution_tree import SolutionTree
from tui_aide.tui import replay_feed
from tui_aide.tui.chronicle import Chronicle
from tui_aide.tui.replay_feed import ReplayFeed

RECORDED = Path(__file__).parent.parent.parent / "sessions"


def state(tree: SolutionTree) -> object:
    """All that a tree holds, to compare."""
    return msgspec.to_builtins({k: v for k, v in vars(tree).items() if k != "pruned" and k != "held"}), (
        sorted(tree.pruned),
        sorted(tree.held),
    )


def folded(recording: Recording, count: int) -> tuple[object, list[str]]:
    tree, chronicle = SolutionTree(), Chronicle()
    for event in recording.events[:count]:
        tree.apply(event)
        chronicle.take(event, tree)
    return state(tree), [h.words for h in chronicle.happenings]


def arrive(feed: ReplayFeed) -> int:
    """Fold until all is shown; return in how many slices."""
    slices = 0
    feed.poll()
    while feed.behind:
        feed.fold()
        slices += 1
        assert slices < 10_000
    return slices


@pytest.mark.parametrize("name", ["tiny-r1", "tumours"])
def test_at_any_event_it_shows_what_the_events_until_then_say(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay_feed, "_CHECKPOINT", 32)  # so that states are kept, and gone on from
    feed = ReplayFeed(Recording(SessionFolder(RECORDED / name)), 1, lambda: 0.0)
    events = len(feed.recording.events)
    rng = random.Random(1)
    counts = [events, 1, events - 1, 33, 32, 31, *(rng.randrange(1, events + 1) for _ in range(20))]
    for count in counts:
        feed.step(count - feed.count)
        arrive(feed)
        assert feed.count == count
        tree, words = folded(feed.recording, count)
        assert state(feed.tree) == tree
        assert [h.words for h in feed.chronicle.happenings] == words


def test_going_back_in_a_long_search_shows_its_newest_words_and_keeps_few_states(tmp_path: Path) -> None:
    folder = SessionFolder(tmp_path)
    write_journal(folder.journal, 3_000)
    feed = ReplayFeed(Recording(folder), 1, lambda: 0.0)
    feed.seek(feed.recording.end)
    assert arrive(feed) > 3
    assert len(feed.tree.nodes) == 3_000
    feed.seek(feed.recording.at(25_000))
    arrive(feed)
    tree, words = folded(feed.recording, feed.count)
    assert state(feed.tree) == tree
    told = [h.words for h in feed.chronicle.happenings]
    assert 0 < len(told) <= 1000
    assert told == words[-len(told) :]
    assert len(feed._kept) == 1


def test_a_new_goal_on_the_way_back_is_gone_to_instead(tmp_path: Path) -> None:
    folder = SessionFolder(tmp_path)
    write_journal(folder.journal, 2_000)
    feed = ReplayFeed(Recording(folder), 1, lambda: 0.0)
    feed.seek(feed.recording.end)
    arrive(feed)
    for goal in (19_000, 15_000, 16_000, 100, 19_990):
        feed.seek(feed.recording.at(goal))
        feed.poll()
    arrive(feed)
    assert state(feed.tree) == folded(feed.recording, feed.count)[0]


def test_playing_shows_events_when_their_time_has_come(tmp_path: Path) -> None:
    feed, clock = feed_of(three_nodes(tmp_path), speed=10)
    assert feed.poll()
    assert list(feed.tree.nodes) == [0]
    clock.now += 1.9
    feed.poll()
    assert feed.tree.nodes[0].phase == "scoring"
    clock.now += 0.2
    assert feed.poll()
    assert (list(feed.tree.nodes), feed.tree.incumbent) == ([0, 1], 0)
    assert not feed.poll()
    clock.now += 10
    feed.poll()
    assert (feed.status, feed.live, feed.tree.incumbent) == ("finished", False, 1)


def test_steps_go_one_event_on_and_back(tmp_path: Path) -> None:
    feed, _ = feed_of(three_nodes(tmp_path))
    arrive(feed)
    before = feed.count
    feed.step(1)
    arrive(feed)
    assert feed.count == feed.tree.last_seq == before + 1
    assert not feed.clock.playing
    feed.step(-2)
    arrive(feed)
    assert feed.count == feed.tree.last_seq == before - 1
    feed.step(-1000)
    arrive(feed)
    assert feed.count == feed.tree.last_seq == 1


def test_figures_of_a_sample_are_spread_over_its_time(tmp_path: Path) -> None:
    feed, _ = feed_of(three_nodes(tmp_path))
    feed.seek(START + 0.5)
    arrive(feed)
    now = feed.running()[0]
    assert (now.tokens, now.tokens_per_second, now.first_token_seconds, now.phase) == (0, 0.0, None, "thinking")
    feed.seek(START + 3.5)
    arrive(feed)
    now = feed.running()[0]
    assert (now.tokens, now.tokens_per_second, now.first_token_seconds) == (25, 10.0, 1)
    feed.seek(START + 8)
    arrive(feed)
    now = feed.running()[0]
    assert (now.tokens, now.reasoning, now.phase) == (70, 50, "writing")
    feed.seek(START + 15)
    arrive(feed)
    now = feed.running()[0]
    assert (now.tokens, now.tokens_per_second, now.phase, now.scripts) == (90, 0.0, "executing", 0)
    assert feed.moment().progress is not None


def test_a_stop_in_between_is_told_and_nothing_is_live_in_it(tmp_path: Path) -> None:
    feed, clock = feed_of(with_a_gap(tmp_path))
    feed.seek(START + 19)
    clock.now += 2
    feed.poll()
    assert feed.status == "stopped"
    assert feed.standing(200) == (" Passed over 23h59 in which the search was not running.  ", "warn")
    clock.now += 3
    feed.poll()
    assert feed.status == "running"
    assert feed.standing(200) is None


def test_where_a_runner_died_the_search_is_interrupted_until_it_was_resumed(tmp_path: Path) -> None:
    made = tape(tmp_path)
    made.begin()
    made.at(1, ev.SampleStarted(node=0, sample=0, model="m"))
    made.at(1000, ev.SessionResumed(budget=ev.Budget(), model="m", workers=1, slots=1, restarted=(0,)))
    made.at(1000, ev.NodeRestarted(node=0))
    made.sampled(0, 1000)
    feed, _ = feed_of(made)
    feed.seek(START + 500)
    arrive(feed)
    assert (feed.status, feed.live, feed.running()) == ("interrupted", False, {})
    feed.seek(START + 1003)
    arrive(feed)
    assert (feed.status, feed.live) == ("running", True)


def test_the_end_says_how_it_came(tmp_path: Path) -> None:
    made = three_nodes(tmp_path)
    feed, _ = feed_of(made)
    feed.seek(feed.recording.end)
    arrive(feed)
    assert feed.standing(200) == (" The recording ends here: the search finished.  ", "warn")
    data = made.folder.journal.read_bytes()
    made.folder.journal.write_bytes(data[:-20])
    torn, _ = feed_of(made)
    torn.seek(torn.recording.end)
    arrive(torn)
    text = " The recording ends here: the runner ended without a word; the journal's last line is torn.  "
    assert torn.standing(200) == (text, "warn")


def test_a_running_search_is_played_as_far_as_it_is_and_goes_on_live(tmp_path: Path) -> None:
    made = tape(tmp_path)
    made.hold()
    made.whole(0, 0.8, best=True)
    feed, clock = feed_of(made)
    feed.seek(feed.recording.end)
    arrive(feed)
    assert (feed.status, feed.live) == ("running", True)
    assert feed.standing(200) == (" Live from here: tui-aide attach toy-fern-0001  ", "accent")
    assert feed.refusal == "This is a replay; tui-aide attach toy-fern-0001 steers it."
    made.whole(20, 0.9, 0)
    assert feed.look()
    clock.now += 30
    feed.poll()
    assert list(feed.tree.nodes) == [0, 1]
    made.close()
    feed.look()
    assert feed.status == "interrupted"
    assert "tui-aide resume" in feed.refusal


def test_a_journal_that_names_an_unknown_node_is_shown_until_there(tmp_path: Path) -> None:
    made = tape(tmp_path)
    made.whole(0, 0.8)
    made.at(21, ev.IncumbentChanged(
        node=0, score=Score(0.8), previous=None, gain=None, gain_se=None, reason="first",
    ))  # fmt: skip
    made.at(22, ev.SampleStarted(node=7, sample=0, model="m"))
    made.whole(30, 0.9)
    feed, _ = feed_of(made)
    feed.seek(feed.recording.end)
    arrive(feed)
    assert "names node 7, which was never created" in feed.error
    assert feed.tree.incumbent == 0
    feed.seek(START + 5)
    feed.poll()
    assert not feed.behind


async def test_commands_are_refused(tmp_path: Path) -> None:
    feed, _ = feed_of(three_nodes(tmp_path))
    with pytest.raises(SessionError, match="This is a replay"):
        await feed.send(Pause())


def test_questions_have_their_titles_from_the_beginning(tmp_path: Path) -> None:
    made: Tape = tape(tmp_path)
    made.begin()
    made.sampled(0, 0, purpose="plan")
    made.sampled(0, 10, sample=1)
    feed, _ = feed_of(made)
    feed.poll()
    assert [(a.sample, a.purpose) for a in feed.chronicle.asked[0]] == [(0, "plan"), (1, "script")]
    feed.seek(feed.recording.end)
    arrive(feed)
    assert len(feed.chronicle.asked[0]) == 2
