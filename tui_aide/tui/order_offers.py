"""What each field of a new search offers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tui_aide.sessions.choice import Choice
from tui_aide.tasks.metrics import METRICS
from tui_aide.tui.model_cards import ModelCard
from tui_aide.tui.order_form import OrderForm
from tui_aide.tui.places_to_search import UP, bundled_choices, folder_choices, is_task

if TYPE_CHECKING:
    from tui_aide.tui.order_desk import OrderDesk

_EXECUTORS = (
    Choice("local", "processes on this machine, in a sandbox"),
    Choice("docker", "containers"),
    Choice("ray", "a Ray cluster"),
)
_SANDBOXES = (
    Choice("auto", "the strongest that works here"),
    Choice("bwrap", "bubblewrap"),
    Choice("namespaces", "the kernel's namespaces, without a program"),
    Choice("landlock", "the kernel's Landlock: files only"),
    Choice("none", "scripts may read and write what you may"),
)
_GPU = (
    Choice("separate", "scripts see no GPU: the server has it"),
    Choice("share", "server and scripts use it at once"),
    Choice("alternate", "in turns: the server sleeps while scripts train"),
)


def offers(key: str, form: OrderForm, desk: OrderDesk, models: Sequence[ModelCard]) -> list[Choice]:
    """Return the choices of a field; may look at a disk."""
    survey = form.survey
    match key:
        case "task":
            return _tasks(form.texts["task"].strip())
        case "target":
            lacking = survey.only_train if survey is not None else ()
            return [Choice(c, "test.csv lacks it") for c in lacking] + [Choice(c) for c in _shared(form)]
        case "metric":
            names = survey.metrics if survey is not None and survey.metrics else tuple(METRICS)
            return [
                Choice(n, f"{METRICS[n].summary}; {'lower' if METRICS[n].direction == 'min' else 'higher'} is better")
                for n in names
            ]
        case "id":
            return [Choice(c) for c in _shared(form)]
        case "split":
            return _splits(form)
        case "model":
            return [Choice(m.model, m.base_url or "rules, no LLM; needs no server") for m in models] or [
                Choice("builtin", "rules, no LLM; needs no server")
            ]
        case "planner" | "critic" | "coder":
            return [Choice(f"{m.model}@{m.base_url}", m.what) for m in models if m.base_url]
        case "gpu":
            return list(_GPU)
        case "sequential" | "ensemble" | "refit":
            return [Choice("yes"), Choice("no")]
        case "strategy":
            return _with_cost(desk.strategies)
        case "policy":
            return _with_cost(desk.policies)
        case "executor":
            return list(_EXECUTORS)
        case "sandbox":
            return list(_SANDBOXES)
    return []


def _tasks(text: str) -> list[Choice]:
    here = Path(text).expanduser() if text else Path()
    folder = here if here.is_dir() and not is_task(str(here)) else here.parent if text and "/" in text else Path()
    inside = folder_choices(str(folder.absolute()))
    tasks = [c for c in inside if is_task(c.name) and not c.shown.startswith(UP)]
    return [*tasks, *bundled_choices(), *(c for c in inside if c not in tasks)]


def _shared(form: OrderForm) -> list[str]:
    """Return the columns that test.csv has, too."""
    survey = form.survey
    lacking = set(survey.only_train) if survey is not None else set()
    return [c for c in survey.header if c not in lacking] if survey is not None else []


def _splits(form: OrderForm) -> list[Choice]:
    columns = _shared(form)
    return [
        Choice("random", "any rows"),
        Choice("stratified", "each class keeps its share"),
        *(Choice(f"group:{c}", f"rows of one {c} stay together") for c in columns[:200]),
        *(Choice(f"time:{c}", f"the latest rows by {c} are held out") for c in columns[:200]),
    ]


def _with_cost(choices: Sequence[Choice]) -> list[Choice]:
    return [Choice(c.name, f"{c.about}  [{c.cost}]" if c.cost else c.about) for c in choices]
