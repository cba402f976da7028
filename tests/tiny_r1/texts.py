"""What the tiny model learns: transcripts by heart, and whatever may stand before them."""

from __future__ import annotations

import random
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

ROOT = Path(__file__).parents[2]
TRANSCRIPTS = ROOT / "tests" / "vllm_double" / "transcripts"
LEARNT = ("linear", "boosting", "forest", "neighbours", "wrong_column")
"""Four scripts that work and one that crashes; no two begin with the same word."""

SECOND_THOUGHT = " I should make sure. No, the idea holds, so I write the script now.\n"
CLOSINGS = (
    "",
    "\n",
    "\n\nTime is up, I answer now.\n",
    "\nI have thought enough, here is my answer.\n",
)

Ids = list[int]


class Transcript(msgspec.Struct, frozen=True):
    """An answer of the model: its thinking, ending in a line feed, and what follows `</think>`."""

    thinking: str
    answer: str


class Learnt(msgspec.Struct, frozen=True):
    """A sequence to learn from: the loss counts from `start` on."""

    ids: Ids
    start: int


def learnt_transcripts() -> list[Transcript]:
    """Return the transcripts in a fixed order."""
    texts = [(TRANSCRIPTS / f"{name}.md").read_text(encoding="utf-8") for name in LEARNT]
    return [Transcript(*text.split("</think>")) for text in texts]


def library_texts(files: int = 60, length: int = 20_000) -> list[str]:
    """Return beginnings of modules of Python's standard library, for pairs and for prompts."""
    paths = sorted(Path(sysconfig.get_paths()["stdlib"]).glob("*.py"))[:files]
    return [path.read_text(encoding="utf-8", errors="ignore")[:length] for path in paths]


def prompt_texts() -> list[str]:
    """Return the project's own prompt templates."""
    return [path.read_text(encoding="utf-8") for path in sorted((ROOT / "tui_aide/engine/prompts").glob("*.md"))]


def examples(encode: Callable[[str], Ids], rng: random.Random) -> Iterator[Learnt]:
    """Yield documents without end: a piece of a prompt, then a transcript, whole or with its thinking cut short.

    Args:
        encode: text to token ids, special tokens included.
        rng: decides what stands in the prompt, which transcript follows and where it is cut.
    """
    transcripts = [(encode(t.thinking), encode("</think>" + t.answer), encode(t.answer)) for t in learnt_transcripts()]
    pools = [encode("\n".join(library_texts())), encode("\n".join(prompt_texts()))]
    pools.append(encode("\n".join(t.answer for t in learnt_transcripts())))
    asks = [encode(text)[-60:] for text in prompt_texts()]
    begin, end, stop = (
        encode("<｜begin▁of▁sentence｜><｜User｜>"),
        encode("<｜Assistant｜><think>\n"),
        encode("<｜end▁of▁sentence｜>"),
    )
    wait, second, closings = encode("\nWait,"), encode(SECOND_THOUGHT), [encode(text) for text in CLOSINGS]
    close = encode("</think>")
    while True:
        pool = rng.choices(pools, (3, 2, 2))[0]
        size = rng.choice((3, 6, 12, 30, 60, 100))
        at = rng.randrange(len(pool) - size)
        prompt = begin + pool[at : at + size] + (rng.choice(asks) if rng.random() < 0.5 else []) + end
        thinking, closed, _ = rng.choice(transcripts)
        cut = rng.randrange(1, len(thinking))
        match rng.choices(("whole", "cut", "wait"), (6, 3, 1))[0]:
            case "whole":
                yield Learnt(prompt + thinking + closed + stop, len(prompt))
            case "cut":
                closing = rng.choice(closings)
                before = prompt + thinking[:cut] + closing + close
                yield Learnt(before + closed[1:] + stop, len(before))
            case _:
                before = prompt + thinking[: max(cut, len(thinking) // 2)] + wait
                yield Learnt(before + second + closed + stop, len(before))
