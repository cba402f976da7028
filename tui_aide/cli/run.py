"""Start a search over a task, and show it."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tui_aide.cli.options import add_budget, add_headless, add_place, at_most, count, disk, duration, memory, seed
from tui_aide.errors import UsageError

if TYPE_CHECKING:
    from tui_aide.sessions.config import SearchSettings
    from tui_aide.tree.events import Budget

EPILOG = """\
TASK is a folder with train.csv and test.csv (and, if you like, task.toml, description.md and
sample_submission.csv), or the name of a bundled task (see: tui-aide tasks).

examples:
  tui-aide run digits --model builtin
  tui-aide run ./house-prices --nodes 40 --time 1h
  tui-aide run ./house-prices --model deepseek-r1-7b --gpu alternate
  tui-aide run ./house-prices --base-url http://localhost:8000/v1 --workers 8 --slots 2
  tui-aide run friedman --headless --json > events.jsonl
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `run`."""
    parser.add_argument("task", metavar="TASK", help="a folder, or the name of a bundled task")
    add_search(parser)
    add_headless(parser)
    parser.add_argument("--name", metavar="NAME", help="name of the session (made up)")
    add_place(parser)


def add_search(parser: argparse.ArgumentParser) -> None:
    """Add the options that say how a search is done: model, search, budget, scripts."""
    model = parser.add_argument_group("model")
    model.add_argument(
        "--model", metavar="NAME", help="default: what the server serves, else builtin (no model at all)"
    )
    model.add_argument(
        "--base-url",
        action="append",
        metavar="URL",
        help="an OpenAI-compatible server, e.g. http://localhost:8000/v1; more than once: they share the samples",
    )
    model.add_argument("--api-key-env", default="OPENAI_API_KEY", metavar="NAME", help="variable that holds the key")
    model.add_argument(
        "--role", action="append", metavar="ROLE=MODEL[@URL]", help="another model for coder, planner or critic"
    )
    model.add_argument("--max-tokens", type=count, default=32768, metavar="N", help="tokens of one completion (32768)")
    model.add_argument("--thinking-budget", type=count, metavar="N", help="tokens to think (what the answer leaves)")
    model.add_argument(
        "--gpu",
        choices=("separate", "share", "alternate"),
        default="separate",
        help="one GPU for server and scripts: not at all (separate), both at once, or in turns",
    )
    search = parser.add_argument_group("search")
    search.add_argument(
        "--strategy", metavar="SPEC", help="how a node is made, or a preset (recommended; single for builtin)"
    )
    search.add_argument("--policy", metavar="SPEC", help="what to work on next (the preset's, else greedy)")
    search.add_argument(
        "--workers", type=at_most(256), metavar="N", help="model streams at once (1 for builtin, else 4)"
    )
    search.add_argument(
        "--slots", type=at_most(256), metavar="N", help="scripts at once (half of the cores, at most 4)"
    )
    search.add_argument("--sequential", action="store_true", help="one node at a time: the same seed, the same search")
    search.add_argument("--seed", type=seed, default=0, metavar="N", help="seed of split, policy and samples (0)")
    search.add_argument("--no-ensemble", action="store_true", help="hand in one script, never a blend of the best")
    search.add_argument("--no-refit", action="store_true", help="do not run the best once more with all labels")
    add_budget(parser, "20")
    script = parser.add_argument_group("scripts")
    script.add_argument("--timeout", type=duration, default=600.0, metavar="T", help="one run of a script (10m)")
    script.add_argument("--memory", type=memory, metavar="M", help="one script (its share of 80 %% of this machine's)")
    script.add_argument("--disk", type=disk, metavar="SIZE", help="what one script's folder may hold (10g)")
    script.add_argument("--python", metavar="PATH", help="Python or venv of the scripts (task.toml's, else ours)")
    script.add_argument(
        "--sandbox",
        choices=("auto", "bwrap", "namespaces", "landlock", "none"),
        default="auto",
        help="what keeps scripts on this machine to their folder (the strongest that works)",
    )
    script.add_argument(
        "--executor", default="local", metavar="NAME", help="where scripts run: local, docker, ray (local)"
    )
    script.add_argument("--image", metavar="NAME", help="the containers' (our own, built once)")
    script.add_argument(
        "--mount", action="append", metavar="PATH", help="what scripts in containers may read, too, e.g. weights"
    )
    script.add_argument(
        "--ray-address", metavar="HOST:PORT", help="the Ray cluster (RAY_ADDRESS, else the one of this machine)"
    )
    script.add_argument(
        "--ray-gpus",
        type=float,
        metavar="N",
        help="GPUs, or a part of one, for a script on Ray (those it may see here)",
    )


def run(options: argparse.Namespace) -> int:
    """Start the session and show it until it ends or the screen is left."""
    from tui_aide.cli.viewing import print_session, show_screen, wants_screen
    from tui_aide.engine.presets import resolve
    from tui_aide.sessions.assembly import check_names
    from tui_aide.sessions.folder import check_name, new_id
    from tui_aide.sessions.launch import launch
    from tui_aide.sessions.places import sessions_dir
    from tui_aide.sessions.starting import create_session, describe, find_task

    screen = wants_screen(options)
    strategy, policy = resolve(options.strategy or "recommended", options.policy)
    check_names(policy or "greedy", strategy, options.executor)
    if options.name is not None:
        check_name(options.name)
    place = sessions_dir(options.sessions_dir)
    task, label = find_task(options.task)
    search = settings_of(options, task)
    _say(f"reading {task} ...")
    name = options.name or new_id(Path(label).name)
    with ended_by_signals():
        folder, sealed = create_session(task, label, place, search, _budget(options), name)
    for line in describe(sealed):
        _say(line)
    _say(f"session {folder.id} in {folder.path}")
    launch(folder)
    return show_screen(folder) if screen else print_session(folder, as_json=options.json)


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Let a closed terminal or a `kill` end a block as Ctrl-C does, so that it cleans up after itself."""

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = [(n, signal.signal(n, interrupt)) for n in (signal.SIGTERM, signal.SIGHUP)]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)


def settings_of(options: argparse.Namespace, task: Path) -> SearchSettings:
    """Return how a search over a task is to be done, by the options of `add_search`."""
    from tui_aide.engine.presets import resolve
    from tui_aide.models.roles import parse_role
    from tui_aide.sessions.assembly import default_slots
    from tui_aide.sessions.config import SearchSettings
    from tui_aide.sessions.model_choice import check_roles, choose_model
    from tui_aide.sessions.model_side import BUILTIN
    from tui_aide.tasks.task_toml import read_task_toml

    roles = dict(parse_role(text) for text in options.role or ())
    chosen = choose_model(
        options.model, options.base_url or (), _say, key_variable=options.api_key_env, gpu=options.gpu
    )
    check_roles(roles, chosen, named=bool(options.base_url), key_variable=options.api_key_env)
    if options.gpu != "separate" and chosen.model == BUILTIN:
        raise UsageError(f"--gpu {options.gpu} needs a model server: the built-in proposer uses no GPU")
    base_url, *more = chosen.base_urls or (None,)
    default = "single" if chosen.model == BUILTIN else "recommended"
    strategy, policy = resolve(options.strategy or default, options.policy)
    return SearchSettings(
        model=chosen.model,
        base_url=base_url,
        more_urls=tuple(u for u in more if u),
        serve=chosen.serve,
        roles={str(role): model for role, model in roles.items()},
        api_key_env=options.api_key_env,
        max_tokens=options.max_tokens,
        thinking_budget=options.thinking_budget,
        gpu=options.gpu,
        send_key=bool(options.base_url),
        strategy=strategy,
        policy=policy or "greedy",
        workers=options.workers or (1 if chosen.model == BUILTIN else 4),
        slots=options.slots or default_slots(),
        sequential=options.sequential,
        seed=options.seed,
        timeout=options.timeout,
        memory=options.memory,
        disk=options.disk,
        python=_python(options, task, chosen.model),
        sandbox=options.sandbox,
        network=bool(read_task_toml(task).network),
        executor=options.executor,
        image=options.image,
        mounts=_mounts(options),
        ray_address=_ray_address(options),
        ray_gpus=options.ray_gpus,
        ensemble=not options.no_ensemble,
        refit=not options.no_refit,
    )


def _python(options: argparse.Namespace, task: Path, model: str) -> str | None:
    """Return the scripts' interpreter, having asked it; None for our own. Elsewhere than here it is taken as it is."""
    from tui_aide.sessions.interpreters import choose_python, remarks
    from tui_aide.tasks.task_toml import FILE, read_task_toml

    if options.executor != "local":
        if options.python is None and read_task_toml(task).python is not None:
            _say(f"warning: [python] in {FILE} is of this machine; with --executor {options.executor}, use --python")
        return None if options.python is None else str(options.python)
    python = choose_python(options.python, task)
    if python is None:
        return None
    for line in remarks(python, model):
        _say(line)
    return str(python.path)


def _mounts(options: argparse.Namespace) -> tuple[str, ...]:
    """Return what containers see beside the task's data; the image is made ready before there is a session."""
    mounts = tuple(str(Path(place).expanduser().absolute()) for place in options.mount or ())
    if options.executor != "docker":
        for name, given in (("image", options.image), ("mount", mounts)):
            if given:
                raise UsageError(f"--{name} goes with --executor docker")
        return ()
    for place in mounts:
        if not Path(place).exists():
            raise UsageError(f"--mount {place}: there is no such file or folder")
    from tui_aide.execution.containers.image import prepare_image

    prepare_image(options.image, _say)
    return mounts


def _ray_address(options: argparse.Namespace) -> str | None:
    """Return the cluster's address as it is kept with the session: a runner that resumes it may lack RAY_ADDRESS."""
    if options.executor != "ray":
        for name in ("ray_address", "ray_gpus"):
            if getattr(options, name) is not None:
                raise UsageError(f"--{name.replace('_', '-')} goes with --executor ray")
        return None
    from tui_aide.execution.ray_executor import ray_address

    if options.ray_gpus is not None and not 0 <= options.ray_gpus < float("inf"):
        raise UsageError(f"--ray-gpus {options.ray_gpus:g} is no number of GPUs")
    return ray_address(options.ray_address)


def _budget(options: argparse.Namespace) -> Budget:
    from tui_aide.cli.budget import budget_of
    from tui_aide.tree.events import Budget

    given = budget_of(options)
    return given if given != Budget() else Budget(nodes=20)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
