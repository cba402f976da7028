"""What a model server tells of its own speed and load before a search begins, from one look at its metrics."""

from __future__ import annotations

import msgspec

_SECONDS = 1.0


class ServerSpeed(msgspec.Struct, frozen=True):
    """One look at a server's metrics; a figure is None where the server does not tell it.

    Attributes:
        rate: tokens a second of one stream, as the server measured since it began.
        tokens: over so many tokens.
        running: requests that it generates for now, and `waiting` those in its queue.
        kv_use: share of the KV cache in use, 0..1.
    """

    rate: float | None = None
    tokens: int = 0
    running: int | None = None
    waiting: int | None = None
    kv_use: float | None = None


def speed_of(metrics: bytes) -> ServerSpeed | None:
    """Return what a Prometheus text tells; None where it tells nothing of use."""
    from tui_aide.models.load import read_metrics

    figures, _ = read_metrics(metrics)
    seconds, tokens = figures.get("token_sum", 0.0), figures.get("token_count", figures.get("generation", 0.0))
    told = {key: figures.get(key) for key in ("running", "waiting")}
    found = ServerSpeed(
        rate=tokens / seconds if seconds > 0 and tokens > 0 else None,
        tokens=round(tokens) if seconds > 0 else 0,
        kv_use=figures.get("kv_use"),
        **{key: round(value) for key, value in told.items() if value is not None},
    )
    return found if found != ServerSpeed() else None


async def ask_speed(base_url: str, *, api_key_env: str, send_key: bool) -> ServerSpeed | None:
    """Return what a server tells of its speed; None where it has no metrics, or does not answer within a second.

    Args:
        base_url: its address.
        api_key_env: environment variable that holds the key.
        send_key: whether the user named the server, so that it is sent the key.
    """
    from tui_aide.errors import ModelError
    from tui_aide.models.connection import Patience, ServerConnection, TransientError

    patience = Patience(connect=_SECONDS, answer=_SECONDS)
    connection = ServerConnection(base_url, key_variable=api_key_env, send_key=send_key, patience=patience)
    try:
        answer = await connection.get("metrics", root=True)
        return speed_of(answer.body) if answer.status == 200 else None
    except (TransientError, ModelError):
        return None
    finally:
        await connection.aclose()
