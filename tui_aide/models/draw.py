"""One choice of a request while it is drawn: its text so far, its tokens, and whether it came to its end."""

from __future__ import annotations

from typing import Literal

from tui_aide.models.chat import Delta, Finish
from tui_aide.tree.node import Tokens

_LETTERS_PER_TOKEN = 5  # more than in English prose: who counts by it counts too few


class PromptShare:
    """The prompt of one request, which only one of its choices pays for: the first to end once its size is known."""

    def __init__(self) -> None:
        self._paid = False

    def take(self, tokens: int) -> int:
        """Return what a choice that ends now pays; `tokens` is 0 as long as the size is not known."""
        if self._paid or not tokens:
            return 0
        self._paid = True
        return tokens


class Draw:
    """What one choice has streamed; it outlives the request that it began with, since it may be continued.

    Attributes:
        choice: its number in the request.
        done: whether its end was told.
        requests: how many requests were made for it so far.
        tokens: what its requests have cost so far.
        written: tokens of the text that stands, without what was void.
        held: tokens of the model's context that the newest prompt and what was written to it take.
        streamed_reasoning: reasoning tokens that were streamed, before any count at the end.
    """

    def __init__(self, choice: int) -> None:
        self.choice = choice
        self.done = False
        self.requests = 0
        self.tokens = Tokens()
        self.written = Tokens()
        self.held = 0
        self.streamed_reasoning = 0
        self._letters = 0
        self._unspent = Tokens()
        self._reasoning: list[str] = []
        self._answer: list[str] = []

    @property
    def begun(self) -> bool:
        """Whether anything was streamed."""
        return bool(self._reasoning or self._answer)

    @property
    def reasoning_text(self) -> str:
        """The thinking so far."""
        return "".join(self._reasoning)

    @property
    def answer_text(self) -> str:
        """The answer so far."""
        return "".join(self._answer)

    def add(self, delta: Delta) -> None:
        """Keep a piece."""
        if delta.kind == "reasoning":
            self._reasoning.append(delta.text)
            self._letters += len(delta.text)
            self.streamed_reasoning += delta.tokens
            self._unspent += Tokens(reasoning=delta.tokens)
        else:
            self._answer.append(delta.text)
            self._unspent += Tokens(answer=delta.tokens)

    def rethink(self) -> None:
        """Take the answer so far for thinking."""
        self._reasoning += self._answer
        self._answer.clear()
        self._letters = sum(map(len, self._reasoning))
        self.streamed_reasoning += self._unspent.answer
        self._unspent = Tokens(reasoning=self._unspent.reasoning + self._unspent.answer)

    def overran(self, limit: int) -> bool:
        """Whether it thought for more than `limit` tokens and still does.

        A piece may hold several tokens that nobody counted: what is a lot of text is a lot of tokens.
        """
        return not self._answer and max(self.streamed_reasoning, self._letters // _LETTERS_PER_TOKEN) > limit

    def closes(self, limit: int) -> bool:
        """Whether the answer that comes now ends a thinking of at least `limit` tokens."""
        return not self._answer and self.streamed_reasoning >= limit > 0

    def spend(self, tokens: Tokens, prompt: int, paid: int) -> None:
        """Add what one request has cost.

        Args:
            tokens: what it has written.
            prompt: the size of its prompt, 0 where that is not known.
            paid: what of the prompt is this choice's to pay.
        """
        self.tokens += tokens + Tokens(prompt=paid)
        self.written += tokens
        self.held = (prompt or self.held) + tokens.total
        self._unspent = Tokens()

    def void(self) -> None:
        """Forget the text; what it has cost stays counted."""
        self.tokens += self._unspent
        self._unspent, self.written, self.held = Tokens(), Tokens(), 0
        self._reasoning.clear()
        self._answer.clear()
        self._letters = self.streamed_reasoning = 0

    def finish(self, reason: Literal["stop", "length", "abort"], server: str) -> Finish:
        """Mark the end and return it."""
        self.done = True
        return Finish(reason, self.tokens + self._unspent, self.choice, server)
