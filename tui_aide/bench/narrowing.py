"""A suite with other models, or a part of it: what the command line's options make of one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypeVar

import msgspec

from tui_aide.bench.search_options import SearchOptions
from tui_aide.bench.suite import Suite, SuiteModel
from tui_aide.bench.suite_toml import check_name, check_turns
from tui_aide.errors import UsageError, nearest
from tui_aide.models.roles import split_model
from tui_aide.tree.budget import Budget

T = TypeVar("T")


def with_models(suite: Suite, texts: Sequence[str], *, serve: bool) -> Suite:
    """Return the suite with the models that texts such as `7b=deepseek-r1-7b@http://host:8000/v1` name.

    Args:
        suite: whose models are replaced, all of them; nothing changes without any text.
        texts: each `[NAME=]MODEL[@URL]`.
        serve: the bench starts a server for each that has no address.

    Raises:
        UsageError: one of them cannot be read, or has the name of another.
    """
    models: dict[str, SuiteModel] = {}
    for text in texts:
        name, equals, rest = text.partition("=")
        model, url = split_model(rest if equals else text)
        if not model:
            raise UsageError(f"--model {text!r}: names no model; write NAME=MODEL or NAME=MODEL@URL")
        name = name if equals else re.sub(r"[^\w.-]+", "-", model.rpartition("/")[2])[:60]
        if check_name(name, "--model") in models:
            raise UsageError(f"--model {text!r}: there is a model {name!r} already; write OTHERNAME={model}")
        options = SearchOptions(base_urls=(url,) if url else None)
        models[name] = SuiteModel(model=model, serve=serve and not url and model != "builtin", options=options)
    return msgspec.structs.replace(suite, models=models) if models else suite


def narrowed(
    suite: Suite,
    *,
    tasks: Sequence[str] = (),
    strategies: Sequence[str] = (),
    seeds: Sequence[int] = (),
    budget: Budget | None = None,
    parallel: int | None = None,
) -> Suite:
    """Return the part of a suite with some of its tasks and strategies, or with other seeds, budget, parallel cells.

    Raises:
        UsageError: the suite has no such task or strategy; the nearest is offered.
    """
    limits = {key: value for key, value in msgspec.structs.asdict(budget or Budget()).items() if value is not None}
    chosen = _some(suite.strategies, strategies, "--strategy")
    if "tokens" not in limits and suite.tokens_as and suite.tokens_as not in chosen:
        raise UsageError(
            f"--strategy: the budget is the tokens of {suite.tokens_as}, which must be among them; "
            "name it, too, or give --tokens"
        )
    run = msgspec.structs.replace(
        suite.run, seeds=tuple(seeds) or suite.run.seeds, parallel=parallel or suite.run.parallel
    )
    part = msgspec.structs.replace(
        suite,
        tasks=_some(suite.tasks, tasks, "--task"),
        strategies=chosen,
        run=run,
        budget=msgspec.structs.replace(suite.budget, **limits),
        tokens_as="" if "tokens" in limits else suite.tokens_as,
    )
    check_turns(part, "--parallel")
    return part


def _some(tables: Mapping[str, T], names: Sequence[str], option: str) -> dict[str, T]:
    for name in names:
        if name not in tables:
            raise UsageError(
                f"{option} {name!r} is not in the suite.{nearest(name, tables)} It has: {', '.join(tables)}"
            )
    return {name: table for name, table in tables.items() if not names or name in names}
