"""Which key does what: presets, the user's keymap.toml over them, and what is wrong with it."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from tui_aide.errors import nearest
from tui_aide.file_formats import FormatError, brought
from tui_aide.sessions.places import config_dir
from tui_aide.tui.actions import (
    BENCH,
    COLUMNS,
    EVERYWHERE,
    FOLD,
    HOME,
    IN_USE,
    MOVE,
    NEW,
    NO_KEY,
    REPLAY,
    SEARCH,
    Action,
    shown_key,
)

if TYPE_CHECKING:
    from tui_aide.file_formats import Step

FORMAT = 1
STEPS: Mapping[int, Step] = {}
"""How keymap.toml of older formats is brought on, say where an action got another id."""

PLACES: dict[str, tuple[Action, ...]] = {
    "search": (*SEARCH, *EVERYWHERE, *MOVE, *FOLD),
    "replay": (*REPLAY, *EVERYWHERE, *MOVE, *FOLD),
    "home": (*HOME, *EVERYWHERE, *MOVE),
    "new": (*NEW, *EVERYWHERE),
    "bench": (*BENCH, *COLUMNS, *EVERYWHERE, *MOVE),
}
"""The actions that hear the same keys. Within one, a key does one thing."""
ALWAYS = ("screen.command", "app.palette", "app.help")
"""Actions that never lose their last key: all others can be reached by them."""

PRESETS: dict[str, dict[str, str]] = {
    "default": {},
    "vim": {
        "move.down": "j,down,ctrl+e",
        "move.up": "k,up,ctrl+y",
        "move.page_down": "ctrl+f,ctrl+d,pagedown",
        "move.page_up": "ctrl+b,ctrl+u,pageup",
        "tree.fold": "h,left",
        "tree.unfold": "l,right",
        "search.edit": "i,e",
        "search.branch": "a,b",
        "search.branch_several": "A,B",
        "screen.next_pane": "ctrl+w,tab",
    },
}
"""Keys by action id, where they are not the action's own."""


class Keymap(msgspec.Struct, frozen=True):
    """The keys of all actions.

    Attributes:
        keys: by action id, comma-separated; "" for none. Only those that are not the action's own.
        problems: one line each.
    """

    keys: dict[str, str]
    problems: tuple[str, ...] = ()

    def use(self) -> dict[str, str]:
        """Have footers and help show these keys; return what Textual's `set_keymap` takes."""
        IN_USE.clear()
        IN_USE.update(self.keys)
        return {name: keys or NO_KEY for name, keys in self.keys.items()}


def keymap_file() -> Path:
    """Return where the user's own keys are."""
    return config_dir() / "keymap.toml"


def load_keymap(preset: str, path: Path) -> Keymap:
    """Return the keys of a preset with those of a file over them.

    What is wrong is left out: unknown presets, ids and keys, and a key that two actions of one place want.
    """
    problems: list[str] = []
    keys: dict[str, str] = {}
    if preset in PRESETS:
        keys.update(PRESETS[preset])
    else:
        problems.append(f"no keymap {preset!r}; there are {', '.join(PRESETS)}. The default keys hold")
    given = dict(_given(path, problems))
    for name in given:
        _take(name, given, keys, path, problems)
    return Keymap(keys, tuple(problems))


def _take(name: str, given: Mapping[str, str], keys: dict[str, str], path: Path, problems: list[str]) -> None:
    """Give an action its keys, and take them from those that had them."""
    wanted = given[name].split(",") if given[name] else []
    if not wanted and name in ALWAYS:
        had = keys.get(name, _actions()[name].keys)
        problems.append(f"{path}: {name} needs a key, as it reaches all else; it keeps {_shown(had)}")
        return
    earlier = list(given)[: list(given).index(name)]
    for key in list(wanted):
        here = f"{path}: {name} = {_shown(key)}"
        rivals = _rivals(name, key, keys)
        if other := next((o for o in rivals if o in earlier), ""):
            problems.append(f"{here}: {other} has that key there, too; give one of them another")
            wanted.remove(key)
        elif other := next((o for o, rest in rivals.items() if o in ALWAYS and not rest), ""):
            problems.append(f"{here}: {other} needs that key, as it reaches all else; take another")
            wanted.remove(key)
        else:
            for other, rest in rivals.items():
                keys[other] = ",".join(rest)
                if other not in given:
                    left = f"keeps {_shown(keys[other])}" if rest else "has no key now: give it one"
                    problems.append(f"{here}: that was {other}'s, which {left}")
    if wanted or not given[name]:
        keys[name] = ",".join(wanted)


def _rivals(name: str, key: str, keys: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the other actions that hear a key where this one does, each with the keys that it has beside this one.

    Those that share it by design are none.
    """
    found: dict[str, list[str]] = {}
    for place in PLACES.values():
        by_design = any(a.id == name and key in a.keys.split(",") for a in place)
        for action in place if any(a.id == name for a in place) else ():
            has = keys.get(action.id, action.keys).split(",")
            if action.id != name and key in has and not (by_design and key in action.keys.split(",")):
                found[action.id] = [k for k in has if k != key]
    return found


def _actions() -> dict[str, Action]:
    return {a.id: a for place in PLACES.values() for a in place}


def _given(path: Path, problems: list[str]) -> Iterator[tuple[str, str]]:
    """Return what a file says of known actions: id and keys."""
    known = _actions()
    try:
        data = brought(tomllib.loads(path.read_text(encoding="utf-8")), FORMAT, STEPS)
    except FormatError as e:
        problems.append(f"{path}: {e}; none of it holds")
        return
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as e:
        problems.append(f"{path}: cannot be read: {e.strerror}")
        return
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as e:
        problems.append(f'{path}: is no TOML: {e}; a line is such as "search.pin" = "m"')
        return
    for name, value in _flat(data):
        if name not in known:
            problems.append(
                f"{path}: no action {name!r}.{nearest(name, known)} ? lists the keys, docs/screens.md the ids"
            )
            continue
        words = value if isinstance(value, list) else [value]
        if not all(isinstance(w, str) for w in words):
            problems.append(f'{path}: {name}: keys are a text or a list of texts, such as "m" or ["m", "ctrl+n"]')
            continue
        wanted = [key for word in words for key in _split(word)]
        bad = [key for key in wanted if not _is_key(key)]
        if bad:
            problems.append(f"{path}: {name}: no key {bad[0]!r}; keys are such as a, A, ?, f5, ctrl+n, pagedown, comma")
            continue
        yield name, ",".join(dict.fromkeys(_long(key) for key in wanted))


def _flat(data: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in data.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _split(word: str) -> list[str]:
    return [word] if word == "," else [part.strip() for part in word.split(",") if part.strip()]


def _long(key: str) -> str:
    """Return Textual's name of a key: `question_mark` for `?`."""
    from textual.keys import _character_to_key

    *modifiers, last = key.split("+") if key != "+" else ["+"]
    return "+".join([*modifiers, _character_to_key(last) if len(last) == 1 else last])


def _is_key(key: str) -> bool:
    from textual.keys import KEY_NAME_REPLACEMENTS, Keys

    *modifiers, last = key.split("+") if key != "+" else ["+"]
    if not set(modifiers) <= {"ctrl", "shift", "alt", "super", "meta", "hyper"} or not last:
        return False
    if len(last) == 1 or last in KEY_NAME_REPLACEMENTS.values() or any(last == k.value for k in Keys):
        return True
    try:
        unicodedata.lookup(last.replace("_", " "))
    except KeyError:
        return False
    return True


def _shown(keys: str) -> str:
    return " ".join(shown_key(k) for k in keys.split(","))
