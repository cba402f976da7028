"""Asking servers what they serve and can do, before any search: for the command line and the doctor."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec

from tui_aide.errors import ModelError
from tui_aide.models import servers
from tui_aide.models.connection import Patience, ServerConnection, TransientError
from tui_aide.models.facts import ServerFacts, ask_models, describe_server
from tui_aide.models.trial import TrialFile, tried_out

_AGAIN_SECONDS = 2.0
"""A server that was waited for in vain is asked for the reason only so long."""


class ServerReport(msgspec.Struct, frozen=True):
    """A server that was asked: what it is, or in `problem` why that is not known."""

    url: str
    facts: ServerFacts | None = None
    problem: str = ""


async def probe(base_url: str, *, named: bool, api_key_env: str = "OPENAI_API_KEY") -> list[str] | None:
    """Return the models that a server lists, or None where none answers in time.

    Args:
        base_url: its address.
        named: a user named it. Only then is it sent the key, given 10 seconds instead of half a second, and told
            from silence when it refuses; one without a list of models counts as one with an empty list.
        api_key_env: environment variable that holds the key.

    Raises:
        UsageError: the named address is none, or holds a password.
        ModelError: the named server refuses, or what it lists are no models.
    """
    connection = _connect(base_url, named, api_key_env)
    try:
        return [model.id for model in await ask_models(connection) or []]
    except TransientError as error:
        if named and error.status:
            raise ModelError(str(error)) from error
        return None
    except ModelError:
        if named:
            raise
        return None
    finally:
        await connection.aclose()


async def ask(urls: Sequence[str] = servers.USUAL, key_variable: str = "OPENAI_API_KEY") -> dict[str, list[str]]:
    """Return the models of each server that answers, in the order of `urls`; silent ones are left out.

    `servers.USUAL` itself is asked unnamed: without a key, in haste, and only those that list models count. Any other
    addresses are ones that the user named; such a server may have an empty list.

    Raises:
        UsageError: a named address is none, or holds a password.
        ModelError: a named server refuses.
    """
    named = urls is not servers.USUAL
    answers = await asyncio.gather(*(probe(u, named=named, api_key_env=key_variable) for u in urls))
    found = {u: models for u, models in zip(urls, answers, strict=True) if models is not None}
    return found if named else {u: models for u, models in found.items() if models}


async def why_silent(base_url: str, api_key_env: str = "OPENAI_API_KEY") -> str:
    """Return in short why a named server does not answer, such as "connection refused"; empty where it does by now.

    Raises:
        ModelError: it answers, and refuses.
    """
    connection = _connect(base_url, True, api_key_env, _AGAIN_SECONDS)
    try:
        await ask_models(connection)
    except TransientError as error:
        return error.cause
    finally:
        await connection.aclose()
    return ""


async def survey(
    urls: Sequence[str], *, named: bool, trials: TrialFile | None, api_key_env: str = "OPENAI_API_KEY"
) -> list[ServerReport]:
    """Return what each server is and can do, all asked side by side.

    Args:
        urls: addresses.
        named: as for `probe`; servers that nobody named and that do not answer are left out.
        trials: where what small completions show is remembered; None asks for none.
        api_key_env: environment variable that holds the key.

    Raises:
        UsageError: an address is none, or holds a password.
    """
    found = await asyncio.gather(*(_report(url, named, trials, api_key_env) for url in urls))
    return [report for report in found if named or (report.facts is not None and report.facts.models)]


async def _report(url: str, named: bool, trials: TrialFile | None, api_key_env: str) -> ServerReport:
    connection = _connect(url, named, api_key_env)
    try:
        models = await ask_models(connection)
        facts = await describe_server(connection, models)
        if facts.models:
            facts = await tried_out(connection, facts.models[0], facts, trials, now=trials is not None and named)
        return ServerReport(str(connection), facts)
    except (TransientError, ModelError) as error:
        return ServerReport(str(connection), problem=str(error))
    finally:
        await connection.aclose()


def _connect(url: str, named: bool, api_key_env: str, seconds: float | None = None) -> ServerConnection:
    seconds = seconds or (10.0 if named else 0.5)
    return ServerConnection(
        url, key_variable=api_key_env, send_key=named, patience=Patience(connect=seconds, answer=seconds)
    )
