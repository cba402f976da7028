"""Ask MLE-bench's own rule for the medals of many leaderboards, and hold ours against it.

git clone --depth 1 https://github.com/openai/mle-bench    # any folder; LFS files are not needed
python -m benchmarks.medal_rule mle-bench                  # compare all sizes from 1 to 20,000 teams
python -m benchmarks.medal_rule mle-bench --write          # and write the cases of tests/tasks/test_medals.py

Of MLE-bench only mlebench/grade_helpers.py is loaded, with a stand-in for the module of helpers that it imports.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import logging
import random
import sys
import types
from pathlib import Path
from typing import Any

import pandas as pd

from tui_aide.tasks.medals import above_median, medal_of, thresholds
from tui_aide.tree.node import Direction

TARGET = Path(__file__).parent.parent / "tests" / "tasks" / "medal_cases.json"
SIZES = (
    1, 2, 3, 4, 5, 9, 10, 11, 14, 15, 19, 20, 24, 25, 29, 30, 49, 50, 69, 70, 90, 98, 99, 100, 101, 104, 105, 107, 123,
    199, 200, 248, 249, 250, 251, 499, 500, 501, 749, 750, 998, 999, 1000, 1001, 1019, 1020, 1499, 1500, 2345, 3000,
)  # fmt: skip
THRESHOLDS = ("gold", "silver", "bronze", "median")


def load_grader(checkout: Path) -> Any:
    """Return MLE-bench's grader, without the metric that it would score with."""
    stand_in = types.ModuleType("mlebench.utils")
    stand_in.get_logger = logging.getLogger  # type: ignore[attr-defined]
    stand_in.import_fn = lambda name: name  # type: ignore[attr-defined]
    sys.modules["mlebench"] = types.ModuleType("mlebench")
    sys.modules["mlebench.utils"] = stand_in
    path = checkout / "mlebench" / "grade_helpers.py"
    specification = importlib.util.spec_from_file_location("mlebench.grade_helpers", path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module.Grader("none", "none")


def asked(grader: Any, scores: list[float], direction: Direction, score: float) -> dict[str, Any]:
    """Return what MLE-bench says; its leaderboards are sorted, and it tells the direction from their ends."""
    ranked = pd.DataFrame({"score": sorted(scores, reverse=direction == "max")})
    found: dict[str, Any] = grader.rank_score(score, ranked)
    medal = next((m for m in ("gold", "silver", "bronze") if found[f"{m}_medal"]), None)
    limits = [float(found[f"{name}_threshold"]) for name in THRESHOLDS]
    return {"thresholds": limits, "medal": medal, "above_median": bool(found["above_median"])}


def ours(scores: list[float], direction: Direction, score: float) -> dict[str, Any]:
    """Return the same by our rule."""
    limits = thresholds(scores, direction)
    medal, above = medal_of(score, limits), above_median(score, limits)
    return {"thresholds": [getattr(limits, name) for name in THRESHOLDS], "medal": medal, "above_median": above}


def leaderboards() -> list[tuple[str, list[float], Direction]]:
    """Return (how it is made, scores, direction): all sizes both ways, with distinct scores and with many ties."""
    made: list[tuple[str, list[float], Direction]] = []
    for size in SIZES:
        directions: tuple[Direction, ...] = ("min", "max") if size > 1 else ("max",)  # of one team it cannot tell
        for direction in directions:
            made.append(("distinct", [round(place * 0.001, 3) for place in range(1, size + 1)], direction))
            if size >= 9:
                made.append(("tied", [round(place // 7 * 0.01, 2) for place in range(1, size + 1)], direction))
    return made


def cases(grader: Any) -> list[dict[str, Any]]:
    """Return the leaderboards with what MLE-bench says of scores at, beside and between their thresholds."""
    found = []
    for how, scores, direction in leaderboards():
        limits = asked(grader, scores, direction, 0.0)["thresholds"]
        said = []
        for score in sorted({round(limit + step, 6) for limit in limits for step in (-0.0001, 0.0, 0.0001)}):
            expected = asked(grader, scores, direction, score)
            assert expected == ours(scores, direction, score), (how, len(scores), direction, score)
            said.append([score, expected["medal"], expected["above_median"]])
        found.append({"how": how, "teams": len(scores), "direction": direction, "thresholds": limits, "scores": said})
    return found


def compare_all(grader: Any, most: int) -> None:
    """Compare both rules for every size up to `most`, at a random score each."""
    rng = random.Random(0)
    for size in range(2, most + 1):
        scores: list[float] = [float(place) for place in range(size)]
        direction: Direction = "min" if size % 2 else "max"
        score = float(rng.randrange(size))
        assert asked(grader, scores, direction, score) == ours(scores, direction, score), size


def main() -> None:
    """Compare, and write where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkout", type=Path, help="a checkout of openai/mle-bench")
    parser.add_argument("--write", action="store_true", help=f"write {TARGET.name}")
    parser.add_argument("--most", type=int, default=20_000, metavar="TEAMS", help="largest leaderboard to compare")
    options = parser.parse_args()
    grader = load_grader(options.checkout)
    found = cases(grader)
    compare_all(grader, options.most)
    asked_of = sum(len(case["scores"]) for case in found)
    print(f"{asked_of:,} scores on {len(found)} leaderboards, and every size up to {options.most:,}: no difference")
    if options.write:
        lines = ",\n".join(json.dumps(case) for case in found)
        TARGET.write_text(f"[\n{lines}\n]\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
