"""A model whose answers are written beforehand, by what it is asked for."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from tests.doubles import FirstLineScorer, SleepingModel
from tests.engine.search import Search
from tui_aide.engine.engine import Settings
from tui_aide.errors import ModelError
from tui_aide.models.chat import ChatRequest, Delta, Finish, StreamItem
from tui_aide.tasks.task import ScoreReport
from tui_aide.tree import events as ev
from tui_aide.tree.node import Tokens

Answer = object
"""A text, an exception to raise, or a function of the request that returns a text."""

WRITES = "with open('submission.csv', 'w') as file:\n    file.write('id,y')\n"


def script(first: str) -> str:
    """An answer with a script that passes every check and then ends as its first line says."""
    return f"A plan for {first}.\n\n```python\n# {first}\n{WRITES}```\n"


def asked(request: ChatRequest) -> str:
    """What a request asks for: the last heading of its prompt that is not the form."""
    prose = re.sub(r"^```.*?^```", "", request.messages[-1].content, flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^# (.+)$", prose, re.MULTILINE)
    return str(next(h for h in reversed(headings) if h != "How to answer"))


class Answers(SleepingModel):
    """Answers each request with the next answer to what it asks for; the last one for ever.

    The keys are the beginnings of the prompts' last headings, and `""` stands for all others.
    """

    def __init__(self, answers: Mapping[str, Sequence[Answer]], pause: Callable[[ChatRequest], float] | None = None):
        super().__init__()
        self.answers = {key: list(value) for key, value in answers.items()}
        self.asked: list[str] = []
        self.cancelled: list[ChatRequest] = []
        self.pause = pause or (lambda request: 0.0)

    async def stream(self, request: ChatRequest) -> AsyncGenerator[StreamItem, None]:  # type: ignore[override]
        self.requests.append(request)
        heading = asked(request)
        self.asked.append(heading)
        key = max((k for k in self.answers if heading.startswith(k)), key=len)
        queue = self.answers[key]
        answer = queue.pop(0) if len(queue) > 1 else queue[0]
        if isinstance(answer, Exception):
            raise answer
        text = answer(request) if callable(answer) else str(answer)
        try:
            yield Delta("reasoning", "Hm.", 3)
            await asyncio.sleep(self.pause(request))
            yield Delta("answer", text, 5)
        except (asyncio.CancelledError, GeneratorExit):
            self.cancelled.append(request)
            raise
        yield Finish("stop", Tokens(10, 3, 5))


class PredictingScorer(FirstLineScorer):
    """Scores by the first line's number; the hidden rows' predictions are drawn from the number after that."""

    async def score(self, node_folder: Path, submissions: Sequence[Path], output: Path | None) -> ScoreReport:
        words = submissions[0].read_text().split()
        value, opinion = float(words[2]), int(words[3]) if len(words) > 3 else 0
        self.values[node_folder] = value
        hidden = np.random.default_rng(opinion).integers(0, 3, 100)
        np.savez(node_folder / "predictions.npz", hidden=hidden)
        return ScoreReport(value=value, se=0.01, replicates=(value,) * 4, rows=100)


async def searched(
    path: Path,
    strategy: str,
    answers: Mapping[str, Sequence[Answer]],
    *,
    nodes: int = 1,
    workers: int = 8,
    **parts: object,
) -> tuple[Search, Answers]:
    """Run a search and return it with its model."""
    model = parts.pop("model", None) or Answers(answers)
    assert isinstance(model, Answers)
    settings = Settings(workers=workers, slots=workers)
    search = Search(path, ev.Budget(nodes=nodes), settings, model=model, strategy=strategy, **parts)
    await search.run()
    return search, model


LOST = ModelError("it broke off")
