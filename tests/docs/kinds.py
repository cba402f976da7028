"""What is done with each command of the docs: run here, run in the slow lane, or, with a reason, only parsed or left.

The first rule that fits counts. A command that none fits, and a rule that fits no command, fail the tests.
"""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from tests.docs.shell import Command

How = Literal["run", "slow", "parsed", "page", "left"]
"""run, slow: for real; parsed: only by the real parser; page: with the whole page; left: not ours."""

WHOLE = ("docs/tutorial.md", "docs/howto/own-metric.md", "docs/howto/own-strategy.md")
"""Pages whose blocks are run one after the other, to the letter, in the slow lane."""


HOURS = "tui-aide bench ./is-it-better.toml"
"""The one command on them that is left out."""


class Rule(msgspec.Struct, frozen=True):
    """Commands whose text fits a pattern, what is done with them, with which words at their end, and why not more.

    `task` takes the place of the task that they name, where a small one does as well.
    """

    pattern: str
    how: How
    extra: tuple[str, ...] = ()
    why: str = ""
    task: str = ""


_ONE = ("--nodes", "1", "--headless", "--no-refit")
_HERE = (*_ONE, "--base-url", "URL", "--model", "tiny-r1")
_GPU = "needs a GPU with vLLM; pytest -m vllm starts a real one"
_LIVE = "tests/cli/test_web.py and tests/tui run what stays open until a person leaves it"

RULES = (
    # pages and other programs
    Rule(r"(pip|pip3|pipx|uvx?|python3 -m (pip|build))( .*)?", "left", why="installs; that its extra exists is tested"),
    Rule(r"python3?(\.11)? -m venv .*", "left", why="the test command's line is run in a clean checkout by .ci/run"),
    Rule(r"(git|mlebench|docker|ray|ssh|vllm|cp|cd|eval|source|sudo|sphinx-build) .*", "left", why="another program"),
    Rule(r"python run_agent\.py .*", "left", why="another repository's program"),
    Rule(r"python -m pytest .*", "left", why="that its lane and its files exist is tested"),
    Rule(r"python (-m (benchmarks|(benchmarks|tests)\.\S+)|docs/\S+\.py)( .*)?", "parsed", why="measures for minutes"),
    # what needs what is not here
    Rule(r"tui-aide run \S+ .*--gpu (share|alternate).*", "parsed", why=_GPU),
    Rule(r"tui-aide run ./\S+ --model deepseek\S+.*", "parsed", why=_GPU),
    Rule(r"tui-aide serve .*--print", "run"),
    Rule(r"tui-aide serve", "run"),
    Rule(r"tui-aide serve .*", "parsed", why=_GPU),
    Rule(r"tui-aide run mlebench:.*", "parsed", why="needs data of Kaggle; tests/cli/test_mlebench.py makes some"),
    Rule(r"tui-aide run .*--executor docker.*", "parsed", why="pytest -m docker starts Docker"),
    Rule(r"tui-aide run .*--executor ray.*", "parsed", why="pytest -m ray starts a cluster"),
    Rule(r"tui-aide run .*--python .*", "parsed", why="needs that environment; tests/cli/test_own_python.py makes one"),
    Rule(r"tui-aide run .*--sandbox landlock", "parsed", why="not every kernel; tests/execution/sandboxes tries all"),
    Rule(r"systemd-run .*", "parsed", why="needs systemd"),
    Rule(r"tui-aide web.*", "parsed", why=_LIVE),
    Rule(r"tui-aide new .*", "parsed", why=_LIVE),
    # searches
    Rule(r"tui-aide run ./house-prices --nodes 30", "run", _HERE),
    Rule(r"tui-aide run \S+ .*--base-url .*", "slow", (*_ONE, "--model", "tiny-r1")),
    Rule(r"tui-aide run \./.*", "slow", _HERE),
    Rule(r"tui-aide run digits .*--(strategy|policy) .*", "slow", _HERE, task="./house-prices"),
    Rule(r"tui-aide run .*--json", "slow", ("--nodes", "1", "--no-refit")),
    Rule(r"tui-aide run .*", "slow", (*_ONE, "--model", "builtin")),
    Rule(r"tui-aide import logs/.*", "run", ("--model", "builtin")),
    Rule(r"tui-aide resume house-prices-cactus-0707", "slow", ("--nodes", "6", "--headless")),
    Rule(r"tui-aide fork .*--run", "slow", ("--nodes", "6", "--headless")),
    Rule(r"tui-aide send SESSION .*", "run"),
    # sessions
    Rule(r"tui-aide attach", "run", ("--headless",)),
    Rule(r"tui-aide replay .*--from 12", "run", ("--headless", "--speed", "0", "--from", "3")),
    Rule(r"tui-aide replay.*", "run", ("--headless", "--speed", "0")),
    Rule(r"tui-aide (delete|prune) .*", "run", ("--yes",)),
    Rule(r"tui-aide (sessions|show|compare|rename)\b.*", "run"),
    # lists
    Rule(r"tui-aide (--help|doctor|strategies|completion)\b.*", "run"),
    Rule(r"tui-aide models --base-url .*", "run"),
    # the bench
    Rule(r"tui-aide bench (mini|\./\S+) --dry-run", "slow"),
    Rule(r"tui-aide bench (\./my-suite\.toml|\./first-look\.toml|\./is-it-better\.toml)( --name \S+)?", "parsed",
         why="hours with a model; the slow lane runs a suite, to have what the commands below need"),
    Rule(r"tui-aide bench (smoke|mini .*|benchmarks/\S+)", "parsed", why="hours; tests/bench runs small ones"),
    Rule(r"tui-aide bench attach \S+", "parsed", why=_LIVE),
    Rule(r"tui-aide bench export .*", "parsed", why="needs cells of MLE-bench; tests/bench/mlebench makes some"),
    Rule(r"tui-aide bench resume \S+", "slow", ("--headless",)),
    Rule(r"tui-aide bench (list|report)\b.*", "slow"),
)  # fmt: skip


def rule_of(command: Command) -> Rule | None:
    """The first rule that fits; None where none does."""
    if command.page in WHOLE and command.text != HOURS:
        return Rule("", "page")
    return next((rule for rule in RULES if re.fullmatch(rule.pattern, command.text)), None)
