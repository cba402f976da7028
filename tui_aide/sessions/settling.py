"""From an order to a session: everything is looked up, checked and chosen, then the session is made.

`tui-aide run` and the form of the screen both go this way, so that the same words give the same search.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tui_aide.errors import UsageError
from tui_aide.sessions.config import SearchSettings
from tui_aide.sessions.folder import SessionFolder, check_free, check_name, new_id
from tui_aide.sessions.order import SearchOrder
from tui_aide.sessions.places import sessions_dir
from tui_aide.sessions.starting import create_session, describe, find_task
from tui_aide.tasks.mlebench.data_folder import PREFIX

if TYPE_CHECKING:
    from tui_aide.sessions.model_choice import ModelChoice

Say = Callable[[str], None]
"""Is told, a line at a time, what was chosen and what is being done."""


def start_session(order: SearchOrder, say: Say) -> SessionFolder:
    """Make the session that was ordered; its runner is not started yet.

    Raises:
        UsageError: what was ordered cannot be; the message names the option and the remedy.
        TaskError: the task cannot be used.
        SessionError: the sessions folder cannot be written.
        ModelError: a named server refuses.
    """
    from tui_aide.tasks.mlebench.remarks import remarks_of

    check_order(order)
    place = sessions_dir(order.sessions_dir)
    task, label = find_task(order.task)
    search = settle(order, task, say)
    make_ready(search, say)
    say(f"reading {task} ...")
    name = order.name or new_id(Path(label).name.removeprefix(PREFIX))
    folder, sealed = create_session(task, label, place, search, order.budget, name)
    for line in (*describe(sealed), *remarks_of(task, order.sandbox)):
        say(line)
    say(f"session {folder.id} in {folder.path}")
    return folder


def make_ready(search: SearchSettings, say: Say) -> None:
    """Build or fetch the containers' image, which can take minutes, before there is a session.

    Raises:
        ExecutionError: there is no Docker, or no such image.
    """
    if search.executor == "docker":
        from tui_aide.execution.containers.image import prepare_image

        prepare_image(search.image, say)


def check_order(order: SearchOrder) -> None:
    """Check the names in an order, which needs neither the task nor a server.

    Raises:
        UsageError: nothing stands behind a name, or options do not go together.
    """
    from tui_aide.engine.presets import resolve
    from tui_aide.sessions.assembly import check_names

    strategy, policy = resolve(order.strategy or "recommended", order.policy)
    check_names(policy or "greedy", strategy, order.executor)
    if order.name is not None:
        try:
            check_name(order.name)
        except UsageError as e:
            raise UsageError(f"--name {e}") from e
        check_free(sessions_dir(order.sessions_dir), order.name)


def settle(order: SearchOrder, task: Path, say: Say) -> SearchSettings:
    """Return the settings of the search: the model's servers are asked, what was left open is chosen.

    Args:
        order: what was ordered, its names checked.
        task: the task's folder.
        say: is told what was chosen, and warnings.

    Raises:
        UsageError: what was ordered cannot be.
        TaskError: task.toml cannot be read, or its interpreter is none.
        ModelError: a named server refuses.
    """
    from tui_aide.engine.presets import resolve
    from tui_aide.sessions.assembly import default_slots
    from tui_aide.sessions.model_side import BUILTIN
    from tui_aide.tasks.task_toml import FILE, read_task_toml

    toml = read_task_toml(task)
    if order.executor == "ray" and toml.link:
        raise UsageError(f"--executor ray does not go with link = true in {FILE}: what is linked stays on this machine")
    chosen, roles = _model(order, say)
    base_url, *more = chosen.base_urls or (None,)
    default = "single" if chosen.model == BUILTIN else "recommended"
    strategy, policy = resolve(order.strategy or default, order.policy)
    return SearchSettings(
        model=chosen.model,
        base_url=base_url,
        more_urls=tuple(u for u in more if u),
        serve=chosen.serve,
        roles=roles,
        api_key_env=order.api_key_env,
        max_tokens=order.max_tokens,
        thinking_budget=order.thinking_budget,
        gpu=order.gpu,
        send_key=bool(order.base_urls),
        strategy=strategy,
        policy=policy or "greedy",
        workers=order.workers or (1 if chosen.model == BUILTIN else 4),
        slots=order.slots or default_slots(),
        sequential=order.sequential,
        seed=order.seed,
        timeout=order.timeout,
        memory=order.memory,
        disk=order.disk,
        python=_python(order, task, chosen.model, say),
        sandbox=order.sandbox,
        network=bool(toml.network),
        executor=order.executor,
        image=order.image,
        mounts=_mounts(order),
        ray_address=_ray_address(order),
        ray_gpus=order.ray_gpus,
        ensemble=order.ensemble,
        refit=order.refit,
    )


def _model(order: SearchOrder, say: Say) -> tuple[ModelChoice, dict[str, str]]:
    from tui_aide.models.roles import parse_role
    from tui_aide.sessions.model_choice import check_roles, choose_model
    from tui_aide.sessions.model_side import BUILTIN

    roles = dict(parse_role(text) for text in order.roles)
    chosen = choose_model(order.model, order.base_urls, say, key_variable=order.api_key_env, gpu=order.gpu)
    check_roles(roles, chosen, named=bool(order.base_urls), key_variable=order.api_key_env)
    if order.gpu != "separate" and chosen.model == BUILTIN:
        raise UsageError(f"--gpu {order.gpu} needs a model server: the built-in proposer uses no GPU")
    return chosen, {str(role): model for role, model in roles.items()}


def _python(order: SearchOrder, task: Path, model: str, say: Say) -> str | None:
    """Return the scripts' interpreter, having asked it; None for our own. Elsewhere than here it is taken as it is."""
    from tui_aide.sessions.interpreters import choose_python, remarks
    from tui_aide.tasks.task_toml import FILE, read_task_toml

    if order.executor != "local":
        if order.python is None and read_task_toml(task).python is not None:
            say(f"warning: [python] in {FILE} is of this machine; with --executor {order.executor}, use --python")
        return order.python
    python = choose_python(order.python, task)
    if python is None:
        return None
    for line in remarks(python, model):
        say(line)
    return str(python.path)


def _mounts(order: SearchOrder) -> tuple[str, ...]:
    """Return what containers see beside the task's data."""
    mounts = tuple(str(Path(place).expanduser().absolute()) for place in order.mounts)
    if order.executor != "docker":
        for name, given in (("image", order.image), ("mount", mounts)):
            if given:
                raise UsageError(f"--{name} goes with --executor docker")
        return ()
    for place in mounts:
        if not Path(place).exists():
            raise UsageError(f"--mount {place}: there is no such file or folder")
    return mounts


def _ray_address(order: SearchOrder) -> str | None:
    """Return the cluster's address as it is kept with the session: a runner that resumes it may lack RAY_ADDRESS."""
    if order.executor != "ray":
        for name in ("ray_address", "ray_gpus"):
            if getattr(order, name) is not None:
                raise UsageError(f"--{name.replace('_', '-')} goes with --executor ray")
        return None
    from tui_aide.execution.ray_executor import ray_address

    if order.ray_gpus is not None and not 0 <= order.ray_gpus < float("inf"):
        raise UsageError(f"--ray-gpus {order.ray_gpus:g} is no number of GPUs")
    return ray_address(order.ray_address)
