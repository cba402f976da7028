"""The `prompt-chaining` strategy: a script is written segment by segment (Le et al., CodeChain, 2024; Osman, 2025)."""

from __future__ import annotations

from tui_aide.code.assembly import assemble
from tui_aide.code.extraction import extract
from tui_aide.code.syntax import syntax_error
from tui_aide.engine.asking import Turn
from tui_aide.engine.spec import require
from tui_aide.engine.strategies.strategy import Desk, Result, Strategy, Writer

SEGMENTS = (
    ("load", "read the files into data frames and name what the later parts need: features, target, ids"),
    ("features", "clean the data and turn it into features, alike for train and test, fitted on train alone"),
    ("model", "define the model, or the few that are blended, with their settings; do not fit them yet"),
    ("train", "validate the model on a part of train.csv or by cross-validation, print the result, then fit it on all"),
    ("predict", "predict test.csv and write submission.csv with its columns in their order"),
)
"""Name and duty of each segment."""


class PromptChaining(Strategy):
    """Writes the script in five segments, each with those before it in view: modular task decomposition.

    A segment must parse and pass the preflight with those before it; one that does not is asked for again. The
    segments are put together by their syntax trees: imports once and first, repeated statements once.

    Args:
        retries: how often one segment is asked for again, 0..3.
    """

    name = "prompt-chaining"
    cost = "5 samples, +1 a segment asked for again; 1 execution"
    good_for = "models that lose the thread in long scripts"
    source = "Le et al., CodeChain, 2024; Osman, 2025"

    def __init__(self, retries: int = 1) -> None:
        require("retries", retries, 0, 3)
        self.retries = retries

    async def write(self, desk: Desk, inner: Writer) -> str | Result:
        """Return the assembled script; one that is being mended is written whole."""
        if desk.ask.again is not None:
            return await inner(desk)
        segments: list[str] = []
        plans: list[str] = []
        for number, (name, duty) in enumerate(SEGMENTS, 1):
            written = await self._segment(desk, number, name, duty, segments)
            if isinstance(written, Result):
                desk.step(self.name, f"segment {number}, {name}, failed", written.message)
                return written
            code, plan = written
            segments.append(code)
            if plan:
                plans.append(plan)
            desk.step(self.name, f"segment {number} of {len(SEGMENTS)}: {name}", plan)
        return desk.accept_script(assemble(segments), "\n\n".join(plans) or "Written in five segments.")

    async def _segment(
        self, desk: Desk, number: int, name: str, duty: str, before: list[str]
    ) -> tuple[str, str] | Result:
        """Return the segment's code and what was said about it, or why there is none."""
        problem = ""
        for _ in range(self.retries + 1):
            texts = {
                "number": str(number),
                "count": str(len(SEGMENTS)),
                "name": name,
                "duty": duty,
                "code": assemble(before) if before else "# nothing yet",
                "problem": f"An earlier try of this part would fail: {problem}" if problem else "\n",
            }
            completion = await desk.sample(desk.ask.aside(Turn("segment", texts), f"segment {name}"))
            found = extract(completion.answer, finish=completion.finish)
            if found.code is None or found.problem is not None:
                problem = found.message
                failed = Result(found.problem or "no_code", f"segment {name}: {found.message}")
                continue
            script = assemble([*before, found.code])
            problem = syntax_error(script) or ""
            if problem:
                failed = Result("syntax", f"segment {name}: {problem}")
                continue
            last = number == len(SEGMENTS)
            findings = [f.placed for f in await desk.check(script) if last or f.kind != "submission"]
            if not findings:
                return found.code, found.plan
            problem = "; ".join(findings[:5])
            failed = Result("preflight", f"segment {name}: {findings[0]}")
        return failed
