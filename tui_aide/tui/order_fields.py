"""The fields of the form of a new search: what each is called, what an empty one means, how its text is read."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from tui_aide.errors import UsageError, nearest
from tui_aide.sessions.quantities import at_most, count, disk, duration, memory, seed


class Field(msgspec.Struct, frozen=True):
    """One field of the form.

    Attributes:
        key: its name in the form.
        label: what stands before it.
        group: the heading that it stands under.
        usual: what an empty one means.
        about: one sentence.
        read: makes a value of its text; raises `UsageError`.
        part: the field of the order that it fills, "" for a key of task.toml.
        choices: whether there is a list to choose from.
        more: whether it stands in the part of the form that folds.
        executor: the executors that it is for; none means all.
    """

    key: str
    label: str
    group: str
    usual: str
    about: str
    read: Callable[[str], Any] = str
    part: str = ""
    choices: bool = False
    more: bool = False
    executor: tuple[str, ...] = ()


def one_of(*names: str) -> Callable[[str], str]:
    """Return a reader of one of a few names."""

    def read(text: str) -> str:
        if text not in names:
            raise UsageError(f"{text!r} is none of them.{nearest(text, names)} Known: {', '.join(names)}")
        return text

    return read


def _yes_no(text: str) -> bool:
    return one_of("yes", "no")(text.lower()) == "yes"


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _paths(text: str) -> tuple[str, ...]:
    """Return paths with blanks between them; one with a blank in it stands in quotes."""
    try:
        return tuple(shlex.split(text))
    except ValueError as e:
        raise UsageError(f"{text!r}: a quote is not closed") from e


def _gpus(text: str) -> float:
    try:
        return float(text)
    except ValueError as e:
        raise UsageError(f"{text!r} is no number of GPUs; write for example 1 or 0.5") from e


_ROLE = "MODEL of the same server, or MODEL@http://gpu-box:8000/v1 of another."

FIELDS: tuple[Field, ...] = (
    Field("task", "task", "Task", "a folder, or a bundled task", "A folder with train.csv and test.csv, or a bundled task; right completes.", choices=True),  # noqa: E501
    Field("target", "target", "Task", "", "The column to predict.", choices=True),
    Field("metric", "metric", "Task", "", "What scores are measured by; or your own function: metric.py:score.", choices=True),  # noqa: E501
    Field("id", "id", "Task", "", "The column that names the rows of a submission.", choices=True),
    Field("split", "split", "Task", "", "How rows are held out: random, stratified, group:COLUMN, time:COLUMN or none.", choices=True),  # noqa: E501
    Field("model", "model", "Model", "what a server here serves, else builtin", "Who writes the scripts. builtin needs no server: rules, no LLM.", part="model", choices=True),  # noqa: E501
    Field("server", "server", "Model", "the usual addresses of this machine", "An OpenAI-compatible server, such as http://gpu-box:8000/v1; several with blanks between.", _words, "base_urls"),  # noqa: E501
    Field("strategy", "strategy", "Search", "recommended; single for builtin", "How a node is made: a preset, a strategy, or strategies that wrap each other: NAME(n=4)+NAME.", part="strategy", choices=True),  # noqa: E501
    Field("policy", "policy", "Search", "the preset's, else greedy", "What to work on next.", part="policy", choices=True),  # noqa: E501
    Field("workers", "workers", "Search", "4; 1 for builtin", "Streams of the model at once.", at_most(256), "workers"),
    Field("slots", "slots", "Search", "half of the cores, at most 4", "Scripts at once.", at_most(256), "slots"),
    Field("seed", "seed", "Search", "0", "Of split, policy and samples.", seed, "seed"),
    Field("nodes", "nodes", "Budget", "20 where there is no other limit", "Nodes to make at most.", count, "nodes"),
    Field("tokens", "tokens", "Budget", "no limit", "Tokens of the model at most, such as 2m.", count, "tokens"),
    Field("time", "time", "Budget", "no limit", "Wall-clock time at most, such as 2h.", duration, "wall_seconds"),
    Field("executor", "executor", "Scripts", "local", "Where scripts run: local, docker or ray.", part="executor", choices=True),  # noqa: E501
    Field("sandbox", "sandbox", "Scripts", "the strongest that works", "What keeps scripts on this machine to their folder.", one_of("auto", "bwrap", "namespaces", "landlock", "none"), "sandbox", choices=True, executor=("local",)),  # noqa: E501
    Field("image", "image", "Scripts", "our own, built once", "The containers' image: a name that the engine knows or can fetch.", part="image", executor=("docker",)),  # noqa: E501
    Field("mounts", "mounts", "Scripts", "the task's data alone", "What scripts in containers may read, too, such as weights; blanks between, quotes around.", _paths, "mounts", executor=("docker",)),  # noqa: E501
    Field("ray_address", "ray", "Scripts", "RAY_ADDRESS, else this machine's", "The Ray cluster as HOST:PORT.", part="ray_address", executor=("ray",)),  # noqa: E501
    Field("ray_gpus", "ray gpus", "Scripts", "those it may see here", "GPUs, or a part of one, for a script on Ray.", _gpus, "ray_gpus", executor=("ray",)),  # noqa: E501
    Field("timeout", "timeout", "Scripts", "10m", "One run of a script at most.", duration, "timeout"),
    Field("memory", "memory", "Scripts", "its share of the machine's", "Memory of one script, such as 4g.", memory, "memory"),  # noqa: E501
    Field("name", "name", "Session", "made up", "The session's name.", part="name"),
    Field("planner", "planner", "Roles", "the model", f"Who plans: {_ROLE}", part="roles", choices=True, more=True),
    Field("critic", "critic", "Roles", "the model", f"Who reviews and votes: {_ROLE}", part="roles", choices=True, more=True),  # noqa: E501
    Field("coder", "coder", "Roles", "the model", f"Who writes scripts: {_ROLE}", part="roles", choices=True, more=True),  # noqa: E501
    Field("max_tokens", "max tokens", "Samples", "32768", "Tokens of one completion at most, thoughts and answer.", count, "max_tokens", more=True),  # noqa: E501
    Field("thinking", "thinking", "Samples", "what the answer leaves", "Tokens to think at most; then the thinking is closed and the answer follows.", count, "thinking_budget", more=True),  # noqa: E501
    Field("key", "key in", "Samples", "OPENAI_API_KEY", "The environment variable that holds the server's key.", part="api_key_env", more=True),  # noqa: E501
    Field("gpu", "gpu", "Machine", "separate", "One GPU for server and scripts: separate (not at all), share (both at once) or alternate (in turns).", one_of("separate", "share", "alternate"), "gpu", choices=True, more=True),  # noqa: E501
    Field("python", "python", "Machine", "task.toml's, else ours", "Python of the scripts, or the folder of its environment.", part="python", more=True),  # noqa: E501
    Field("disk", "disk", "Machine", "10g", "What one script's folder may hold, such as 20g.", disk, "disk", more=True),
    Field("executing", "executing", "Whole search", "no limit", "Time of all scripts together at most, such as 4h.", duration, "execution_seconds", more=True),  # noqa: E501
    Field("sequential", "sequential", "Whole search", "no", "yes: one node at a time, so that the same seed gives the same search.", _yes_no, "sequential", choices=True, more=True),  # noqa: E501
    Field("ensemble", "ensemble", "Whole search", "yes", "no: hand in one script, never a blend of the best.", _yes_no, "ensemble", choices=True, more=True),  # noqa: E501
    Field("refit", "refit", "Whole search", "yes", "no: do not run the best once more with all labels.", _yes_no, "refit", choices=True, more=True),  # noqa: E501
)  # fmt: skip
"""All fields, those that fold last. What the form lacks of an order is where sessions are kept, which the app knows."""

BY_KEY = {field.key: field for field in FIELDS}
ROLES = tuple(field.key for field in FIELDS if field.part == "roles")
MORE = tuple(field for field in FIELDS if field.more)
_OF_PART = {field.part: field.key for field in FIELDS if field.part}


def shown(field: Field, texts: Mapping[str, str]) -> bool:
    """Whether a field has anything to say: it is for the executor that is chosen, or something stands in it."""
    executor = texts["executor"].strip() or "local"
    return not field.executor or executor in field.executor or bool(texts[field.key].strip())


def field_for(part: str) -> str:
    """Return the field for a part of an order, "task" for what the form does not have."""
    return _OF_PART.get(part, "task")
