from __future__ import annotations

import pytest

from tests.tui.forked import Forked
from tests.tui.recorded import RecordedSession
from tests.tui.watching import WIDE, watching
from tui_aide.cli.viewing import plain_line
from tui_aide.sessions.view import SessionView
from tui_aide.tree import events as ev
from tui_aide.tui.happenings import happening


def _plain(session: RecordedSession) -> list[str]:
    view = SessionView(session.folder)
    return [line for event in view.refresh() if (line := plain_line(view, event))]


def test_plain_lines_tell_of_the_fork_and_of_the_choice_alone(session: RecordedSession) -> None:
    forked = Forked(session)
    session.add(ev.StepTaken(node=0, by="self-debugging", title="fix 1 of 2", candidate=1))
    forked.make()
    lines = _plain(session)[1:]
    assert lines[0] == "#0   draft: because"
    assert lines[1:3] == [
        "#0: 3 candidates (self-consistency)",
        "#0: candidate 2 of 3 chosen (self-consistency: 2 of 3 predict alike)",
    ]
    assert len(lines) == 4


def test_a_step_of_a_node_alone_is_one_short_line(session: RecordedSession) -> None:
    session.begin()
    session.add(ev.StepTaken(node=0, by="self-debugging", title="fix 1 of 2:\n" + "long " * 60, text="a\nb\nc"))
    line = _plain(session)[-1]
    assert line.startswith("#0: fix 1 of 2: long long")
    assert line.endswith("… (self-debugging)")
    assert len(line) < 130


@pytest.mark.parametrize(("by", "told"), [("user", "use folds"), ("policy", "the ablation says so")])
def test_plain_lines_tell_a_users_instruction_and_a_policys_reason(
    session: RecordedSession, by: str, told: str
) -> None:
    session.begin(instruction="use\nfolds", reason="the ablation says so", by="user" if by == "user" else "policy")
    assert _plain(session)[-1] == f"#0   draft: {told}"


def test_changes_of_strategy_and_policy_are_told_everywhere(session: RecordedSession) -> None:
    events = (ev.StrategyChanged(strategy="best-of-n(n=3)"), ev.PolicyChanged(policy="mcts"))
    for event in events:
        session.add(event)
    words = ["new nodes are made by best-of-n(n=3) from now on", "mcts chooses from now on"]
    assert _plain(session)[-2:] == words
    view = SessionView(session.folder)
    view.refresh()
    found = [happening(event, view.tree) for event in events]
    assert [f.words for f in found if f is not None and f.notable] == words


def test_the_log_names_the_candidate_of_each_step(session: RecordedSession) -> None:
    Forked(session)
    session.begin()
    steps = [ev.StepTaken(node=node, by="x", title="a critique") for node in (0, 1)]
    view = SessionView(session.folder)
    view.refresh()
    found = [happening(event, view.tree) for event in steps]
    assert [f.words for f in found if f] == ["#0 candidate 0: a critique (x)", "#1: a critique (x)"]
    assert not any(f.notable for f in found if f), "steps stay out of the event line"


async def test_the_log_shows_forks_choices_and_steps(session: RecordedSession) -> None:
    forked = Forked(session)
    session.add(ev.StepTaken(node=0, by="self-reflection", title="a critique [/]", candidate=2))
    forked.make()
    async with watching(session, WIDE) as w:
        await w.press("at")
        await w.shows("◦ #0: 3 candidates (self-consistency)")
        await w.shows("#0 candidate 2: a critique [/] (self-reflection)")
        await w.shows("◉ #0: candidate 2 of 3 chosen (self-consistency: 2 of 3 predict alike)")


async def test_the_status_line_and_show_tell_what_holds_now(
    session: RecordedSession, capsys: pytest.CaptureFixture[str]
) -> None:
    from tui_aide.cli import main

    session.valid(0.8)
    session.add(ev.StrategyChanged(strategy="best-of-n(n=3)"))
    session.add(ev.PolicyChanged(policy="mcts"))
    async with watching(session, WIDE) as w:
        await w.shows("mcts, best-of-n(n=3)")
    main(["show", session.folder.id, "--sessions-dir", str(session.folder.path.parent)])
    assert "model builtin, mcts + best-of-n(n=3)" in capsys.readouterr().out


async def test_a_long_strategy_is_cut_with_an_ellipsis_in_the_status_line(session: RecordedSession) -> None:
    session.add(ev.StrategyChanged(strategy="self-consistency(n=5)+self-debugging(rounds=3)+preflight+planner(n=4)"))
    async with watching(session, (150, 40)) as w:
        top = w.screen_text().splitlines()[0]
        assert "greedy, self-consistency" in top
        assert top.rstrip().endswith("…")
