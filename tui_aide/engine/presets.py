"""Presets: a strategy and a policy that go together, under one name. Data only."""

from __future__ import annotations

import msgspec


class Preset(msgspec.Struct, frozen=True):
    """A strategy's and a policy's spec, and what they are together, in a line."""

    strategy: str
    policy: str
    summary: str


PRESETS: dict[str, Preset] = {
    "aide": Preset("single", "greedy", "AIDE as published: one sample a node, run as it is (Jiang et al., 2025)"),
    "aide-self-consistency": Preset(
        "self-consistency(n=5)", "greedy", "the seed's variant: five samples a node vote (Osman, 2025)"
    ),
    "aide-self-debugging": Preset(
        "self-debugging(rounds=2)", "greedy", "the seed's variant: a traceback goes back to the model (Osman, 2025)"
    ),
    "aide-self-reflection": Preset(
        "self-reflection", "greedy", "the seed's variant: a critique, then a revision by it (Osman, 2025)"
    ),
    "aide-prompt-chaining": Preset(
        "prompt-chaining", "greedy", "the seed's variant: a script in five segments (Osman, 2025)"
    ),
    "recommended": Preset(
        "best-of-n(n=4,agree=1)+self-debugging(rounds=2)+preflight(rounds=2)",
        "best-first",
        "what works best with small open models: preflight, short debugging, few samples, honest scores",
    ),
}
"""Every preset by the name that `--strategy` takes."""


def resolve(strategy: str, policy: str | None) -> tuple[str, str | None]:
    """Return the specs that a strategy's and a policy's names stand for; a preset's policy gives way to a named one."""
    preset = PRESETS.get(strategy.strip())
    if preset is None:
        return strategy, policy
    return preset.strategy, policy if policy is not None else preset.policy
