"""What stands beside the form of a new search, in words."""

from __future__ import annotations

from tui_aide.sessions.apart import Settled
from tui_aide.sessions.estimate import AT_THIS_SERVER, Estimate, Mean
from tui_aide.sessions.server_speed import ServerSpeed
from tui_aide.tui.survey_pages import estimate_rows


def _speed_row(found: Estimate, speed: ServerSpeed | None, server: str = "http://box/v1") -> str:
    settled = Settled("r1", "single", "greedy", 4, 1, server=server, speed=speed)
    rows = ["".join(text for text, _ in row) for row in estimate_rows(found, settled, 600.0)]
    return " / ".join(row for row in rows if row.startswith(("speed", "server")))


def test_the_speed_is_of_sessions_here_else_of_the_server_else_said_to_be_unknown() -> None:
    here = Estimate(rate=Mean(61.0, 2, 40, AT_THIS_SERVER))
    other = Estimate(rate=Mean(61.0, 2, 40, "this model, at another server"))
    told = ServerSpeed(203.4, 1200)
    assert "61 tokens/s a stream   from 40 nodes of 2 sessions: this model at this server" in _speed_row(here, told)
    assert "203 tokens/s a stream   as the server measured over 1.2k tokens" in _speed_row(other, told)
    assert "61 tokens/s a stream" in _speed_row(other, None)
    assert "unknown   no measurement yet" in _speed_row(Estimate(), None)
    assert _speed_row(Estimate(), None, server="") == ""  # no server, such as for the built-in proposer
    busy = _speed_row(here, ServerSpeed(running=3, waiting=1, kv_use=0.74))
    assert "3 running, 1 waiting, KV cache 74 % full   others use it now" in busy
    assert "server" not in _speed_row(other, ServerSpeed(20.0, 9, running=0)).replace("the server", "")
