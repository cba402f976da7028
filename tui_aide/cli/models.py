"""List the models that can be used now: the built-in proposer, and what servers serve and can do."""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tui_aide.models.probing import ServerReport

EPILOG = """\
A server that you name is tried out with a small completion; what that shows is remembered for a week.

examples:
  tui-aide models
  tui-aide models --base-url http://gpu-box:8000/v1
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `models`."""
    parser.add_argument(
        "--base-url", action="append", metavar="URL", help="ask this server (default: the usual ports here)"
    )
    parser.add_argument("--api-key-env", default="OPENAI_API_KEY", metavar="NAME", help="variable that holds the key")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Ask the servers and print what they have; 1 when none of those that were named answers."""
    import json

    from tui_aide.cli.viewing import printable

    reports = survey_servers(options.base_url, options.api_key_env)
    answered = [r for r in reports if r.facts is not None]
    code = 1 if options.base_url and not answered else 0
    rows = [{"model": "builtin", "base_url": None, "what": "rule-based proposer, no LLM; needs no server"}]
    rows += [row for report in answered for row in _rows(report)]
    if options.json:
        print(json.dumps(rows))
    else:
        width = max(len(str(r["model"])) for r in rows)
        for row in rows:
            print(printable(f"{row['model'] or '?':<{width}}  {row['what']}"))
    for report in reports:
        if report.problem:
            print(f"! {report.problem}", file=sys.stderr if options.json else sys.stdout)
    if not reports and not options.json:
        print("No model server answers at the usual addresses here. Start one: tui-aide serve deepseek-r1-7b")
    return code


def survey_servers(base_urls: list[str] | None, key_variable: str = "OPENAI_API_KEY") -> list[ServerReport]:
    """Return what the named servers, or those at the usual addresses, are and can do."""
    from tui_aide.models.probing import survey
    from tui_aide.models.servers import USUAL
    from tui_aide.models.trial import TrialFile
    from tui_aide.sessions.places import servers_file

    trials = TrialFile(servers_file())
    return asyncio.run(survey(base_urls or USUAL, named=bool(base_urls), trials=trials, api_key_env=key_variable))


def _rows(report: ServerReport) -> list[dict[str, Any]]:
    from tui_aide.models.facts import ServedModel

    assert report.facts is not None
    facts = report.facts
    rows = []
    served = "served" if facts.models else "no models are listed (name one with --model NAME)"
    for model in facts.models or (ServedModel(""),):
        context = f", {model.max_model_len:,} tokens of context" if model.max_model_len else ""
        rows.append(
            {
                "model": model.id or None,
                "base_url": report.url,
                "what": f"{served} at {report.url}{context}: {', '.join(facts.words())}",
                "server": facts.kind,
                "version": facts.version,
                "context": model.max_model_len,
                "reasoning": facts.trial.thinks if facts.trial else None,
                "n": facts.choices,
                "usage": facts.trial.usage if facts.trial else None,
                "metrics": facts.metrics,
                "sleep": facts.sleeps,
            }
        )
    return rows
