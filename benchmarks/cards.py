"""Which model goes on which card: the plans of `tui-aide serve` for cards that need not be here, as a table.

python -m benchmarks.cards prints what docs/models.md holds. The figures are calculated, not measured.
"""

from __future__ import annotations

from tui_aide.errors import UsageError
from tui_aide.models.serving.fitting import ANSWER_TOKENS
from tui_aide.models.serving.hardware import Card, Hardware
from tui_aide.models.serving.plan import Wishes
from tui_aide.models.serving.planning import plan_serving
from tui_aide.models.serving.presets import find_preset
from tui_aide.models.serving.source import GIB

MODELS = (
    *("deepseek-r1-1.5b", "deepseek-r1-7b", "deepseek-r1-llama-8b", "deepseek-r1-14b", "deepseek-r1-32b"),
    *("deepseek-r1-llama-70b", "qwen3-14b", "qwen3-coder-30b"),
)
CARDS = {"12 GB": (12, (8, 6)), "24 GB": (24, (8, 6)), "24 GB, Ada": (24, (8, 9)), "48 GB, Ada": (48, (8, 9))} | {
    "80 GB, Ampere": (80, (8, 0)),
    "80 GB, Hopper": (80, (9, 0)),
}
"""GiB and compute capability."""

DRIVER_BYTES = GIB // 2
"""What is in use on an idle card."""


def cell(model: str, size: int, capability: tuple[int, int]) -> str:
    """Return checkpoint, context and answers at once of a model on one card; a dash where it does not fit."""
    card = Card(
        index=0,
        uuid="GPU-0",
        name=f"{size} GB",
        memory_total=size * GIB,
        memory_free=size * GIB - DRIVER_BYTES,
        capability=capability,
    )
    try:
        plan = plan_serving(find_preset(model), Hardware((card,)), Wishes())
    except UsageError:
        return "–"
    kv = ", fp8 KV" if plan.kv_dtype == "fp8" else ""
    return f"{plan.quantisation}{kv}, {plan.context // 1024}k, {(plan.kv_tokens or 0) // ANSWER_TOKENS}"


def main() -> None:
    """Print the table."""
    print("| model | " + " | ".join(CARDS) + " |")
    print("|---|" + "---|" * len(CARDS))
    for model in MODELS:
        print(f"| {model} | " + " | ".join(cell(model, *card) for card in CARDS.values()) + " |")


if __name__ == "__main__":
    main()
