"""Steps of the program AIDE (aideml 0.2.2), run with the peers' Python as a script: see `aideml_row`.

Run: python aideml_steps.py DATA GOAL MODEL STEPS SECONDS OUT, with OPENAI_BASE_URL and OPENAI_API_KEY set. After each
step the submission, if there is one, goes to OUT/<step>.csv; at the end OUT/steps.json tells what AIDE made of each.
"""

from __future__ import annotations

import json
import random
import shutil
import sys
from pathlib import Path
from typing import Any


def main(data: str, goal: str, model: str, steps: int, seconds: int, out: Path) -> None:
    """Make the steps as `aide` itself does, with nothing patched."""
    from aide.agent import Agent  # type: ignore[import-not-found]
    from aide.interpreter import Interpreter  # type: ignore[import-not-found]
    from aide.journal import Journal  # type: ignore[import-not-found]
    from aide.utils.config import _load_cfg, load_task_desc, prep_agent_workspace, prep_cfg  # type: ignore[import-not-found]
    from omegaconf import OmegaConf  # type: ignore[import-not-found]

    random.seed(model)
    config = _load_cfg(use_cli_args=False)
    config.data_dir, config.goal = data, goal
    config.log_dir, config.workspace_dir = str(out / "logs"), str(out / "workspaces")
    config.exec.timeout = seconds
    config.agent.code.model = config.agent.feedback.model = config.report.model = model
    config = prep_cfg(config)
    prep_agent_workspace(config)
    journal = Journal()
    agent = Agent(task_desc=load_task_desc(config), cfg=config, journal=journal)
    interpreter = Interpreter(config.workspace_dir, **OmegaConf.to_container(config.exec))
    made: list[dict[str, Any]] = []
    places = [Path(config.workspace_dir) / "submission.csv", Path(config.workspace_dir) / "working" / "submission.csv"]
    try:
        for step in range(steps):
            agent.step(exec_callback=interpreter.run)
            node = journal.nodes[-1]
            made.append({"bug": bool(node.is_buggy), "raised": node.exc_type, "metric": node.metric.value})
            for place in places:
                if place.exists():
                    shutil.move(place, out / f"{step}.csv")
        best = journal.get_best_node()
        chosen = journal.nodes.index(best) if best is not None else None
        told = {"steps": made, "best": chosen, "died": ""}
    except Exception as error:  # noqa: BLE001 - whatever ends its run is the result
        told = {"steps": made, "best": None, "died": f"{type(error).__name__}: {error}"}
    (out / "steps.json").write_text(json.dumps(told), encoding="utf-8")
    interpreter.cleanup_session()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]), Path(sys.argv[6]))
