"""The texts of one candidate, sample by sample or run by run, as one document; what streams is followed."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from tui_aide.sessions.stderr_marks import StderrMarks
from tui_aide.sessions.view import ByteTail, Extent, TextTail, shown_size
from tui_aide.tui.documents import Document, Paragraphs, Stack, StreamText, Tint
from tui_aide.tui.figures import size as figure_size
from tui_aide.tui.glyphs import GLYPHS
from tui_aide.tui.output_text import OutputText
from tui_aide.tui.plain_text import one_line

_WINDOW = 1 << 18
_SCAN_SECONDS = 0.4
_ASIDES = "asides"
_MOST_LINES = 5_000
"""Lines of a burst that are taken in at once."""
_MOST = 40
"""So many earlier texts are shown at most, the newest ones."""


class StreamFile:
    """A file of the node that grows, as a document; of a burst larger than `window` bytes only the end is shown."""

    def __init__(
        self,
        path: Path,
        tint: Tint | None = None,
        *,
        wraps: bool = True,
        window: int = _WINDOW,
        extent: Extent | None = None,
    ) -> None:
        self.document = StreamText(tint, wraps=wraps)
        self._extent = extent
        self._path = path
        self._window = window
        self._size = 0
        self._tail = TextTail(path, window, extent)

    def poll(self) -> bool:
        """Read what was added; return whether there was any."""
        try:
            size = shown_size(self._path, self._path.stat().st_size, self._extent)
        except OSError:
            return False
        burst = size - self._size > self._window
        self._size = size
        if burst:
            self._tail = TextTail(self._path, self._window, self._extent)
        text = self._tail.read()
        if burst or self._tail.restarted:
            self.document.clear()
            if self._tail.skipped:
                before = f"{GLYPHS.ellipsis} {figure_size(self._tail.skipped)} before this stand in {self._path}\n"
                text = before + text.partition("\n")[2]
        return self.document.feed(text) or self._tail.restarted


class OutputFile:
    """A script's output that grows, as a document; of a burst only the end is shown, with the lines that fit in it."""

    def __init__(
        self,
        path: Path,
        tint: Callable[[], Tint] | None,
        *,
        wraps: bool,
        window: int,
        extent: Extent | None = None,
    ) -> None:
        self._marks = StderrMarks(path)
        self.document = OutputText(self._marks.touch, tint, wraps=wraps)
        self._path, self._window, self._extent = path, window, extent
        self._tail = ByteTail(path, window, extent)
        self._end = 0

    def poll(self) -> bool:
        """Read what was added, and which of it is stderr's; return whether there was any."""
        try:
            size = shown_size(self._path, self._path.stat().st_size, self._extent)
        except OSError:
            return False
        marked = self._marks.poll()
        burst = size - self._end > self._window
        if burst:
            self._tail = ByteTail(self._path, self._window, self._extent)
        data = self._tail.read()
        begin, lines = self._tail.begin, data.count(b"\n")
        fresh = burst or self._tail.restarted
        if lines > _MOST_LINES:
            rest = data.split(b"\n", lines - _MOST_LINES)[-1]
            begin, data, fresh = begin + len(data) - len(rest), rest, True
        elif fresh and begin:
            rest = data.partition(b"\n")[2] or data
            begin, data = begin + len(data) - len(rest), rest
        if fresh:
            self.document.clear()
            if begin:
                before = f"{GLYPHS.ellipsis} {figure_size(begin)} before this stand in {self._path}\n"
                self.document.feed(before.encode(), begin - len(before.encode()))
        if data or fresh:
            self._end = begin + len(data)
        return self.document.feed(data, begin) or marked or fresh


class Asked(msgspec.Struct, frozen=True):
    """A sample of a node: its number, the candidate that it was for, and its purpose."""

    sample: int
    candidate: int
    purpose: str


class _Section:
    """What belongs to one sample or one run: its files, one below the other."""

    def __init__(self, paths: Iterable[Path], *, fixed: bool, open_file: Callable[[Path], StreamFile | OutputFile]):
        self.fixed = fixed
        self.files = [open_file(path) for path in paths]
        self.poll()

    def poll(self) -> bool:
        changed = [file.poll() for file in self.files]  # each of them, whatever the first one tells
        return any(changed)

    @property
    def filled(self) -> tuple[bool, ...]:
        return tuple(len(file.document) > 0 for file in self.files)

    def parts(self) -> list[Document]:
        parts: list[Document] = []
        for index, file in enumerate(self.files):
            if index and len(file.document):
                parts.append(Paragraphs([[("", "")], rule("answer"), [("", "")]]))
            parts.append(file.document)
        return parts


class Transcript:
    """Follows the files of one kind in a candidate's folder.

    A strategy that samples or runs again puts the files of before by under a number, such as `reasoning-3.md`, and
    samples beside the script's own go to `asides/K/`. All of them are shown in the order in which they began; where
    there is but one, as for most nodes, it is shown without a title.
    """

    def __init__(
        self, place: Path, names: tuple[str, ...], word: str, tint: Callable[[], Tint] | None = None, *,
        wraps: bool = True, window: int = _WINDOW, purposes: Callable[[], dict[int, str]] = dict,
        extent: Extent | None = None,
    ) -> None:  # fmt: skip
        """Open the files that are there.

        Args:
            place: the candidate's folder.
            names: the files of one sample or run, such as `reasoning.md` and `answer.md`.
            word: what one of them is called, such as `sample`.
            tint: makes what colours a file's lines.
            wraps: whether lines are wrapped.
            window: bytes of a file that are shown at most.
            purposes: tells what the samples whose texts may lie here were for, by their numbers.
            extent: how much of each file is to be shown; it may become more or less at any time.
        """
        self._extent = extent
        self._place, self._names, self._word = place, names, word
        self._tint, self._wraps, self._window = tint, wraps, window
        self._purposes = purposes
        self._sampled = names[0] != "output.log"
        self._sections: dict[str, _Section] = {}
        self._order: list[str] = []
        self._titles: dict[str, str] = {}
        self._shape: object = None
        self._scanned = 0.0
        self.document: Document = Paragraphs()
        self.poll()

    def poll(self) -> bool:
        """Read what was added; return whether there was any. The document may be another object then."""
        changed = False
        if time.monotonic() - self._scanned > _SCAN_SECONDS:
            self._scanned = time.monotonic()
            self._scan()
        for section in self._sections.values():
            if not section.fixed:
                changed |= section.poll()
        shape = [(key, self._titles[key], self._sections[key].filled) for key in self._order]
        if shape != self._shape:
            self._shape = shape
            self.document = self._stack()
            return True
        return changed

    def _scan(self) -> None:
        found = sorted(self._earlier())[-_MOST:]
        self._order = [*(key for *_, key in found), ""]
        for key in self._order:
            if key in self._sections:
                continue
            inside = key.startswith(_ASIDES)
            paths = [self._place / (f"{key}/{name}" if inside else _numbered(name, key)) for name in self._names]
            self._sections[key] = _Section(paths, fixed=self._ended(key), open_file=self._open)
        self._entitle(found)
        for gone in self._sections.keys() - set(self._order):
            del self._sections[gone]

    def _ended(self, key: str) -> bool:
        """Return whether nothing can come to the files of a sample or run any more."""
        return bool(key) and not key.startswith(_ASIDES) and self._extent is None

    def _entitle(self, found: list[tuple[int, int, str]]) -> None:
        """Give each sample or run its title: what it was for, where that is certain, else which it is."""
        purposes = self._purposes()
        begun = [*found]
        if now := _began(self._place / "prompt.md"):
            begun = sorted([*begun, (now, 0, "")])
        numbers = dict(zip((key for *_, key in begun), sorted(purposes), strict=False))
        certain = len(begun) == len(purposes) and all(str(n) == key for key, n in numbers.items() if key.isdigit())
        asides = any(key.startswith(_ASIDES) for key in self._order)
        for count, key in enumerate(self._order, 1):
            number = numbers.get(key) if certain else int(key) if key.isdigit() else None
            if number in purposes:
                self._titles[key] = f"sample {number}: {one_line(purposes[number])}"
            elif key.startswith(_ASIDES):
                self._titles[key] = f"side question {int(Path(key).name) + 1}"
            elif key:
                self._titles[key] = f"earlier {self._word}" if asides else f"{self._word} {count}"
            else:
                self._titles[key] = f"newest {self._word}"

    def _earlier(self) -> Iterable[tuple[int, int, str]]:
        """Yield when it began, its number and its key for each sample or run but the newest."""
        stem, _, suffix = self._names[0].rpartition(".")
        pattern = re.compile(rf"{re.escape(stem)}-(\d+)\.{re.escape(suffix)}")
        try:
            names = [path.name for path in self._place.iterdir()]
        except OSError:
            return
        for name in names:
            if match := pattern.fullmatch(name):
                number = int(match[1])
                yield _began(self._place / f"prompt-{number}.md") if self._sampled else 0, number, match[1]
        if _ASIDES in names and self._sampled:
            try:
                folders = list((self._place / _ASIDES).iterdir())
            except OSError:
                return
            for folder in folders:
                if folder.name.isdigit():
                    yield _began(folder / "prompt.md"), int(folder.name), f"{_ASIDES}/{folder.name}"

    def _open(self, path: Path) -> StreamFile | OutputFile:
        wraps, window, extent = self._wraps, self._window, self._extent
        if not self._sampled:
            return OutputFile(path, self._tint, wraps=wraps, window=window, extent=extent)
        return StreamFile(path, self._tint() if self._tint else None, wraps=wraps, window=window, extent=extent)

    def _stack(self) -> Document:
        shown = [self._sections[key] for key in self._order if any(self._sections[key].filled)]
        if not shown:
            return self._sections[""].files[0].document
        if len(shown) == 1 and shown[0] is self._sections[""]:
            parts = shown[0].parts()
            return parts[0] if len(parts) == 1 else Stack(parts)
        parts = []
        for key in self._order:
            if any((section := self._sections[key]).filled):
                gap = [[("", "")]] if parts else []
                parts += [Paragraphs([*gap, rule(self._titles[key]), [("", "")]]), *section.parts()]
        return Stack(parts)


def rule(text: str) -> list[tuple[str, str]]:
    """Return a line that begins another part of a text."""
    return [(f"{GLYPHS.across * 2} {text} {GLYPHS.across * 2}", "title")]


def _numbered(name: str, number: str) -> str:
    if not number:
        return name
    stem, _, suffix = name.rpartition(".")
    return f"{stem}-{number}.{suffix}"


def _began(prompt: Path) -> int:
    """Return when a sample began, which is when its prompt was written; 0 where that is not known."""
    try:
        return prompt.stat().st_mtime_ns
    except OSError:
        return 0
