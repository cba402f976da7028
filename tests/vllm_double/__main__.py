"""Runs a double as a program: `python -m tests.vllm_double --port 8000 --tokens-per-second 50`."""

from __future__ import annotations

import argparse
import asyncio
import signal
from typing import get_type_hints

import msgspec

from tests.vllm_double.options import Options
from tests.vllm_double.server import Double
from tests.vllm_double.transcripts import always


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.vllm_double", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any that is free")
    parser.add_argument("--say", nargs="+", metavar="NAME", help="go through these transcripts by seed")
    defaults = Options()
    types = get_type_hints(Options)
    for field in msgspec.structs.fields(Options):
        flag, default = "--" + field.name.replace("_", "-"), getattr(defaults, field.name)
        if types[field.name] is bool:
            parser.add_argument(flag, action=argparse.BooleanOptionalAction, default=default)
        elif field.name != "write":
            kind = type(default) if default is not None else int if field.name == "max_queued" else str
            parser.add_argument(flag, type=kind, default=default, help=f"default: {default}")
    return parser.parse_args()


async def _serve(arguments: argparse.Namespace) -> None:
    told = vars(arguments)
    host, port, names = told.pop("host"), told.pop("port"), told.pop("say")
    if names:
        told["write"] = always(*names)
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with Double(Options(**told), host=host, port=port) as double:
        print(double.url, flush=True)
        await ended.wait()
        await double.sigterm()


if __name__ == "__main__":
    asyncio.run(_serve(_arguments()))
