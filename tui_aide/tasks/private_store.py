"""What a session keeps from its scripts: hidden labels, parts and id maps. It is read only where nodes are scored."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from tui_aide.errors import SessionError
from tui_aide.tasks.sealed import PRIVATE
from tui_aide.tasks.splitting import JACKKNIFE_GROUPS

HELD_OUT = "held_out.csv"
"""The rows that a single hold-out hides, whole, as train.csv would show them, in their order there."""


class FoldMap(msgspec.Struct, frozen=True):
    """One fold's shown test rows: their ids, and whose each is (hidden row >= 0, real row r as -1 - r)."""

    ids: list[str]
    owner: npt.NDArray[np.int64]


class Secrets(msgspec.Struct, frozen=True):
    """Hidden rows and real test rows.

    Attributes:
        truth: (hidden,) class codes, values or texts, or (hidden, targets) of several targets.
        fold, group, selection_group: (hidden,) as in `splitting.SplitPlan`.
        selection: (hidden,) whether in the selection part.
        hidden_ids, real_ids: the rows' original ids.
        output_order: (real,) rows of the final submission, in the order of the original sample submission.
        folds: the shown test rows, fold by fold.
        held_places: places of the held-out rows among all rows of train.csv that have a label; None for several folds,
            and where an older version prepared the session, which kept no such rows.
    """

    truth: npt.NDArray[Any]
    fold: npt.NDArray[np.int64]
    group: npt.NDArray[np.int64]
    selection_group: npt.NDArray[np.int64]
    selection: npt.NDArray[np.bool_]
    hidden_ids: list[str]
    real_ids: list[str]
    output_order: npt.NDArray[np.int64]
    folds: list[FoldMap]
    held_places: npt.NDArray[np.int64] | None = None


class _Ids(msgspec.Struct):
    hidden: list[str]
    real: list[str]
    shown: list[list[str]]


def write_secrets(private: Path, secrets: Secrets) -> None:
    """Write hidden labels and id maps."""
    more: dict[str, Any] = {f"owner_{place}": fold.owner for place, fold in enumerate(secrets.folds)}
    if secrets.held_places is not None:
        more["held_places"] = secrets.held_places
    with (private / "rows.npz").open("wb") as file:
        np.savez(
            file,
            truth=secrets.truth,
            fold=secrets.fold,
            group=secrets.group,
            selection_group=secrets.selection_group,
            selection=secrets.selection,
            output_order=secrets.output_order,
            **more,
        )
    ids = _Ids(secrets.hidden_ids, secrets.real_ids, [fold.ids for fold in secrets.folds])
    (private / "ids.json").write_bytes(msgspec.json.encode(ids))


def read_secrets(session_folder: Path) -> Secrets:
    """Read hidden labels and id maps of a prepared session.

    Raises:
        SessionError: the files are missing or damaged.
    """
    private = session_folder / PRIVATE
    try:
        ids = msgspec.json.decode((private / "ids.json").read_bytes(), type=_Ids)
        with np.load(private / "rows.npz", allow_pickle=False) as arrays:
            return Secrets(
                truth=arrays["truth"],
                fold=arrays["fold"],
                group=arrays["group"],
                selection_group=_selection_group(arrays),
                selection=arrays["selection"],
                hidden_ids=ids.hidden,
                real_ids=ids.real,
                output_order=arrays["output_order"],
                folds=[FoldMap(shown, arrays[f"owner_{place}"]) for place, shown in enumerate(ids.shown)],
                held_places=arrays.get("held_places"),
            )
    except OSError as error:
        raise SessionError(f"{error.filename or private}: cannot be read: {error.strerror}.") from error
    except (msgspec.DecodeError, ValueError, KeyError, EOFError) as error:
        raise SessionError(f"{private}: damaged: {error}.") from error


def _selection_group(arrays: Mapping[str, npt.NDArray[Any]]) -> npt.NDArray[np.int64]:
    """Return the groups of the selection part; an older session has none, so its rows are dealt in turn."""
    if "selection_group" in arrays:
        return arrays["selection_group"]
    selection = arrays["selection"]
    return np.where(selection, (np.cumsum(selection) - 1) % JACKKNIFE_GROUPS, -1)


def same_hidden_rows(one: Path, other: Path) -> bool:
    """Whether two prepared sessions hide the same rows, in the same parts, folds and groups of the jackknife.

    Raises:
        SessionError: one of both is not prepared, or damaged.
    """
    a, b = read_secrets(one), read_secrets(other)
    pairs = ((getattr(a, name), getattr(b, name)) for name in ("truth", "fold", "group", "selection"))
    return a.hidden_ids == b.hidden_ids and all(np.array_equal(x, y) for x, y in pairs)
