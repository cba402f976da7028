from __future__ import annotations

from tui_aide.engine.budget import Ledger
from tui_aide.tree.events import Budget


def test_nodes_in_flight_count_against_the_limit() -> None:
    ledger = Ledger(Budget(nodes=2))
    ledger.reserve()
    assert not ledger.exhausted(0)
    ledger.reserve()
    assert "2 nodes" in ledger.exhausted(0)


def test_released_reservation_frees_its_place() -> None:
    ledger = Ledger(Budget(nodes=1))
    ledger.reserve()
    ledger.release()
    assert not ledger.exhausted(0)
    assert ledger.nodes == 0


def test_tokens_of_nodes_in_flight_are_reserved_at_the_mean() -> None:
    ledger = Ledger(Budget(tokens=1000))
    ledger.reserve()
    ledger.commit(tokens=400, execution_seconds=0)
    ledger.reserve()
    assert not ledger.exhausted(0)
    ledger.reserve()
    assert "1000 tokens" in ledger.exhausted(0)


def test_wall_clock_and_execution_limits() -> None:
    ledger = Ledger(Budget(wall_seconds=60, execution_seconds=30))
    assert not ledger.exhausted(59)
    assert "time" in ledger.exhausted(60)
    ledger.reserve()
    ledger.spend(30)
    assert ledger.execution_left() == 0.0, "also before its node is done"
    ledger.commit(0, execution_seconds=30)
    assert "execution" in ledger.exhausted(0)
    assert ledger.execution_left() == 0.0


def test_no_limit_is_never_exhausted() -> None:
    ledger = Ledger(Budget())
    for _ in range(1000):
        ledger.reserve()
        ledger.commit(10**6, 10**6)
    assert not ledger.exhausted(10**9)
    assert ledger.execution_left() is None


def test_a_refusal_is_lifted_when_prompts_in_flight_turn_out_shorter() -> None:
    ledger = Ledger(Budget(tokens=1000))
    ledger.count(950)  # prompts, as they are estimated
    ledger.refuse(needed=60)
    assert "1000 tokens" in ledger.exhausted(0)
    ledger.count(-600)  # the server's count
    assert not ledger.exhausted(0)
    ledger.count(600)
    assert "1000 tokens" in ledger.exhausted(0)
