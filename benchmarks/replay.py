"""A server that replays ready-made chunks of a completion, as vLLM words them: one token in each, usage in each.

python -m benchmarks.replay [--rate TOKENS --streams N]: prints its address and serves until SIGTERM. It does next to
nothing for a token, so that a client that is measured against it is the slower part. Without a rate a stream comes as
fast as it is taken. With one, all streams get a token in each step, as an engine has it, and the token's text is the
time at which it was sent, in nanoseconds of `time.perf_counter_ns`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from functools import cache

PROMPT = 120
"""Tokens that every prompt counts as."""

_SLICE = 1 << 16
_MODELS = b'{"object":"list","data":[{"id":"replay","object":"model","owned_by":"vllm","max_model_len":131072}]}'
_HEAD = (
    b"HTTP/1.1 200 OK\r\nserver: uvicorn\r\ncontent-type: text/event-stream; charset=utf-8\r\n"
    b"transfer-encoding: chunked\r\n\r\n"
)


def event(delta: str, sent: int, finish: str = "null") -> bytes:
    """Return one event in its HTTP chunk: the delta's JSON, with `sent` tokens told so far."""
    data = (
        'data: {"id":"chatcmpl-9e2a6d1f40b7c853","object":"chat.completion.chunk","created":1795460301,'
        f'"model":"replay","choices":[{{"index":0,"delta":{delta},"logprobs":null,"finish_reason":{finish},'
        f'"token_ids":null}}],"usage":{{"prompt_tokens":{PROMPT},"total_tokens":{PROMPT + sent},'
        f'"completion_tokens":{sent},"completion_tokens_details":{{"reasoning_tokens":0}}}}}}\n\n'
    )
    return _chunk(data.encode())


def token(number: int, tokens: int, text: str) -> bytes:
    """Return the event of the token `number` of `tokens`; the first half of a completion is reasoning."""
    kind = "reasoning" if number <= tokens // 2 else "content"
    return event(f'{{"{kind}":"{text}"}}', number, '"stop"' if number == tokens else "null")


def end(tokens: int) -> bytes:
    """Return what follows a completion's last token: its usage, and the end of the stream and of the response."""
    usage = f'{{"prompt_tokens":{PROMPT},"total_tokens":{PROMPT + tokens},"completion_tokens":{tokens}}}'
    last = f'data: {{"id":"chatcmpl-9e2a6d1f40b7c853","model":"replay","choices":[],"usage":{usage}}}\n\n'
    return _chunk(last.encode()) + _chunk(b"data: [DONE]\n\n") + b"0\r\n\r\n"


@cache
def completion(tokens: int) -> bytes:
    """Return a whole completion as it stands on the wire, without the response's head."""
    begin = event('{"role":"assistant","content":""}', 0)
    return b"".join((begin, *(token(i, tokens, f" word{i % 97}") for i in range(1, tokens + 1)), end(tokens)))


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


class Pacer:
    """Gives every open stream a token in each step.

    Args:
        rate: tokens a second of all streams together.
        streams: how many are expected; the steps are `streams` / `rate` seconds apart.
    """

    def __init__(self, rate: float, streams: int) -> None:
        self._step = streams / rate
        self._open: dict[asyncio.StreamWriter, tuple[int, int, asyncio.Future[None]]] = {}

    async def send(self, writer: asyncio.StreamWriter, tokens: int) -> None:
        """Send a completion; returns at its end."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._open[writer] = 0, tokens, done
        await done

    async def run(self) -> None:
        """Step for ever."""
        due = time.perf_counter()
        while True:
            due = max(due + self._step, time.perf_counter() - self._step)
            await asyncio.sleep(due - time.perf_counter())
            for writer, (number, tokens, done) in list(self._open.items()):
                if number == tokens or writer.is_closing():
                    del self._open[writer]
                    done.set_result(None)
                    continue
                self._open[writer] = number + 1, tokens, done
                writer.write(token(number + 1, tokens, f" {time.perf_counter_ns()}"))


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pacer: Pacer | None) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            fields = dict(line.lower().split(": ", 1) for line in head.decode("latin-1").splitlines()[1:] if line)
            body = await reader.readexactly(int(fields.get("content-length", 0)))
            if head.startswith(b"GET /v1/models "):
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n")
                writer.write(b"content-length: %d\r\n\r\n%b" % (len(_MODELS), _MODELS))
            elif not head.startswith(b"POST /v1/chat/completions "):
                writer.write(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")
            else:
                tokens: int = json.loads(body)["max_tokens"]
                writer.write(_HEAD)
                if pacer is not None:
                    await pacer.send(writer, tokens)
                    writer.write(end(tokens))
                    continue
                whole = memoryview(completion(tokens))
                for start in range(0, len(whole), _SLICE):
                    writer.write(whole[start : start + _SLICE])
                    await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        return  # the client is gone
    finally:
        writer.close()


async def serve(rate: float, streams: int) -> None:
    """Serve until cancelled; prints the address once it listens."""
    pacer = Pacer(rate, streams) if rate else None
    server = await asyncio.start_server(lambda r, w: _answer(r, w, pacer), "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    async with server:
        await (pacer.run() if pacer is not None else server.serve_forever())


def main() -> None:
    """Read the options and serve."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=0.0, help="tokens a second of all streams; 0: no pace")
    parser.add_argument("--streams", type=int, default=16, help="streams that share the rate")
    options = parser.parse_args()
    asyncio.run(serve(options.rate, options.streams))


if __name__ == "__main__":
    main()
