"""How far a starting server is, read from its log: vLLM's lines and progress bars, by their text alone."""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec


class Stage(msgspec.Struct, frozen=True):
    """What a starting server does, in words, and how much of its start is behind it: 0..1."""

    words: str
    share: float


def _fixed(words: str, share: float) -> Callable[[re.Match[str]], Stage]:
    return lambda _match: Stage(words, share)


def _part(words: str, begin: float, end: float) -> Callable[[re.Match[str]], Stage]:
    """Return a stage between two shares from a match whose groups are `done` and `of`."""

    def stage(match: re.Match[str]) -> Stage:
        done, of = int(match["done"]), max(1, int(match["of"]))
        return Stage(f"{words} {done}/{of}", begin + (end - begin) * min(1.0, done / of))

    return stage


def _downloading(percent: int) -> Stage:
    return Stage(f"downloading {percent} %", 0.05 + 0.25 * min(100, percent) / 100)


def _cache(match: re.Match[str]) -> Stage:
    times = f", {float(match['times']):.1f} whole contexts at once" if match["times"] else ""
    return Stage(f"KV cache of {match['tokens']} tokens{times}", 0.80)


_FILE = re.compile(r"-(?P<part>\d+)-of-(?P<of>\d+)\.(?:safetensors|bin):\s+(?P<percent>\d+)%\|")
"""The bar of one file of a download; several are under way at once."""

_MARKS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Stage]], ...] = tuple(
    (re.compile(pattern), stage)
    for pattern, stage in (
        (r"non-default args: ", _fixed("reading the model's settings", 0.01)),
        (r"Resolved architecture: ", _fixed("reading the model's settings", 0.02)),
        (r"Initializing a V1 LLM engine", _fixed("starting the engine", 0.04)),
        (r"Pulling from |Pull(?:ing fs layer| complete)", _fixed("pulling the image", 0.0)),
        (r"Fetching \d+ files:\s+(?P<percent>\d+)%\|", lambda m: _downloading(int(m["percent"]))),
        (r"Time spent downloading weights", _fixed("downloaded", 0.30)),
        (r"Starting to load model ", _fixed("loading weights", 0.30)),
        (
            r"Loading \w+ checkpoint shards:\s+\d+% Completed \| (?P<done>\d+)/(?P<of>\d+)",
            _part("loading weights", 0.30, 0.60),
        ),
        (r"Loading weights took ", _fixed("weights are loaded", 0.60)),
        (r"Model loading took (?P<size>[\d.]+) GiB", lambda m: Stage(f"{m['size']} GiB of weights are loaded", 0.62)),
        (r"Start compiling|Compiling a graph|Dynamo bytecode transform", _fixed("compiling", 0.66)),
        (r"torch\.compile took ", _fixed("compiled", 0.75)),
        (
            r"KV cache size: (?P<tokens>[\d,]+) tokens(?:, Maximum concurrency for [\d,]+ tokens per request: "
            r"(?P<times>[\d.]+)x)?",
            _cache,
        ),
        (
            r"Capturing CUDA graphs[^:\r\n]*:\s+\d+%\|[^|]*\| (?P<done>\d+)/(?P<of>\d+)",
            _part("capturing graphs", 0.8, 0.95),
        ),
        (r"Graph capturing finished ", _fixed("graphs are captured", 0.95)),
        (r"init engine \(.*\) took ", _fixed("the engine is ready", 0.97)),
        (r"Starting vLLM (?:API )?server", _fixed("opening the address", 0.98)),
        (r"Application startup complete", _fixed("ready", 1.0)),
    )
)


class LoadProgress:
    """Follows a log that is fed in pieces.

    Attributes:
        stage: the furthest stage so far; a start never goes back.
        kv_tokens: tokens that the server's KV cache holds, once it told.
        concurrency: whole contexts that these are, once it told.
    """

    def __init__(self) -> None:
        self.stage = Stage("starting", 0.0)
        self.kv_tokens: int | None = None
        self.concurrency: float | None = None
        self._rest = ""
        self._files: dict[int, int] = {}

    def feed(self, text: str) -> bool:
        """Read a piece of the log and return whether the stage has changed.

        Progress bars end with a carriage return, so that is an end of line, too.
        """
        before = self.stage
        *lines, self._rest = re.split(r"[\r\n]", self._rest + text)
        for line in lines:
            self._line(line)
        if "%|" in self._rest or "% Completed" in self._rest:
            self._line(self._rest)  # a bar's last state comes without an end until there is a newer one
        return self.stage != before

    def _line(self, line: str) -> None:
        if match := _FILE.search(line):
            self._files[int(match["part"])] = int(match["percent"])
            self._reach(_downloading(sum(self._files.values()) // max(1, int(match["of"]))))
            return
        for pattern, stage in _MARKS:
            if match := pattern.search(line):
                if "tokens" in match.groupdict():
                    self.kv_tokens = int(match["tokens"].replace(",", ""))
                    self.concurrency = float(match["times"]) if match["times"] else None
                self._reach(stage(match))
                return

    def _reach(self, stage: Stage) -> None:
        if stage.share >= self.stage.share:
            self.stage = stage
