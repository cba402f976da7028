from __future__ import annotations

import pytest

from tests.tui.recorded import RecordedSession
from tui_aide.cli.viewing import plain_line
from tui_aide.sessions.view import SessionView
from tui_aide.tree import events as ev
from tui_aide.tree.node import ServerState
from tui_aide.tui.happenings import happening

URL = "http://localhost:8000/v1"
OTHER = "http://gpu-box:8000/v1"


@pytest.mark.parametrize(
    ("state", "alone", "among_others"),
    [
        ("starting", "samples begin when it is up", "the others take its samples meanwhile"),
        ("up", "model server is up; it takes samples (why)", f"model server {URL} is up"),
        ("asleep", "no sample goes to it until it is woken", f"model server {URL} sleeps; no sample"),
        ("lost", "the search waits for it and goes on by itself", "the others take its samples"),
        ("stopped", "model server stopped; no sample goes to it (why)", f"model server {URL} stopped"),
        ("failed", "it gives no sample", "the others take its samples"),
    ],
)
def test_a_servers_change_is_told_with_what_it_means_for_the_search(
    session: RecordedSession, state: ServerState, alone: str, among_others: str
) -> None:
    event = ev.ServerChanged(server=URL, state=state, detail="why")
    session.add(event)
    view = SessionView(session.folder)
    view.refresh()
    assert alone in plain_line(view, event)
    found = happening(event, view.tree)
    assert found is not None
    assert alone in found.words
    assert found.notable == (state in ("up", "lost", "failed"))
    session.add(ev.ServerChanged(server=OTHER, state="up"))
    view.refresh()
    assert among_others in plain_line(view, event)


def test_plain_lines_tell_of_the_gpu_and_of_samples(session: RecordedSession) -> None:
    node = session.begin()
    view = SessionView(session.folder)
    view.refresh()
    told = [
        plain_line(view, event)
        for event in (
            ev.SampleRestarted(node=node, sample=0, reason="the stream broke"),
            ev.ThinkingClosed(node=node, sample=0, tokens=8000, reason="its budget is spent"),
            ev.GpuHandedOver(to="thinking", reason="no script waits", seconds=2.04),
        )
    ]
    assert told == [
        "! #0 sample broke off (the stream broke); it begins anew, what had come of it is void",
        "#0 thinking closed after 8 000 tokens (its budget is spent); the answer follows",
        "GPU goes to thinking (no script waits); took 2.0 s",
    ]
