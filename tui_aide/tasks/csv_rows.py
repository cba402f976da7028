"""Reading a CSV file row by row as raw text, and writing rows back in one common format.

Cells keep their text from file to file, so nothing is rounded and no column changes its type on the way.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import cast

import msgspec

from tui_aide.errors import TaskError
from tui_aide.tasks.csv_format import CsvFormat, with_point

# the default of 128 kB is too little for text columns; the type is a C long
csv.field_size_limit(2**31 - 1)


class CsvFile(msgspec.Struct, frozen=True):
    """A CSV file with its format and header; of a large one, a preview reads only the first `most` bytes' rows."""

    path: Path
    format: CsvFormat
    header: tuple[str, ...]
    most: int | None = None

    @property
    def whole(self) -> bool:
        """Whether all of its rows are read."""
        return self.most is None or self.path.stat().st_size <= self.most

    def rows(self) -> Iterator[list[str]]:
        """Yield the rows, without header and blank lines, each as long as the header, numbers with decimal points.

        Raises:
            TaskError: a row is longer or shorter, or quotes are broken; the line is named.
        """
        width = len(self.header)
        left = None if self.whole else self.most
        commas = self.format.decimal == ","
        with self.path.open(encoding=self.format.encoding, newline="") as file:
            reader = csv.reader(file, delimiter=self.format.separator, strict=True)
            start = 1
            try:
                next(reader)
                start = reader.line_num + 1
                for row in reader:
                    if len(row) != width:
                        if row:
                            raise TaskError(
                                f"{self.path.name}, line {start}: {len(row)} fields, but the header has {width}; "
                                "quote fields that hold the separator, or correct the line."
                            )
                    else:
                        yield [with_point(cell) for cell in row] if commas else row
                    start = reader.line_num + 1
                    if left is not None:
                        left -= sum(map(len, row)) + width
                        if left <= 0:
                            return
            except csv.Error as error:
                raise _broken(self.path, start, error) from error

    def columns(self, names: Sequence[str]) -> dict[str, list[str]]:
        """Read the whole file, checking every row, and return the cells of some columns."""
        places = [self.header.index(name) for name in names]
        collected: list[list[str]] = [[] for _ in names]
        if len(names) == 1:
            place, only = places[0], collected[0]
            only.extend(row[place] for row in self.rows())
        else:
            appends = [(place, column.append) for place, column in zip(places, collected, strict=True)]
            for row in self.rows():
                for place, append in appends:
                    append(row[place])
        return dict(zip(names, collected, strict=True))


def _broken(path: Path, line: int, error: csv.Error) -> TaskError:
    return TaskError(
        f"{path.name}, line {line}: broken quotes ({error}); close the quote, or double quotes inside a quoted field."
    )


def open_csv(path: Path, format: CsvFormat, most: int | None = None) -> CsvFile:
    """Read a file's header.

    An empty column name becomes ``Unnamed: 0`` (with its place), as pandas names it. `most` is as in `CsvFile`.

    Raises:
        TaskError: the header cannot be read, or names repeat.
    """
    with path.open(encoding=format.encoding, newline="") as file:
        reader = csv.reader(file, delimiter=format.separator, strict=True)
        try:
            names = next(reader)
        except csv.Error as error:
            raise _broken(path, 1, error) from error
        except StopIteration:
            names = []
    if not names:
        raise TaskError(f"{path.name}: the first line is blank; it must be the header.")
    header = tuple(name or f"Unnamed: {place}" for place, name in enumerate(names))
    seen: set[str] = set()
    for name in header:
        if name in seen:
            raise TaskError(f"{path.name}: two columns are named {name!r}; give each its own name.")
        seen.add(name)
    return CsvFile(path, format, header, most)


class _Echo:
    def write(self, text: str) -> str:
        return text


class RowFormatter:
    """Formats rows as lines of CSV in UTF-8 style: minimal quotes and a line feed."""

    def __init__(self, separator: str = ",") -> None:
        self._write = csv.writer(_Echo(), delimiter=separator, lineterminator="\r\n").writerow
        self._separator = separator

    def line(self, cells: Iterable[str]) -> str:
        """Return one row as a line, with its line feed."""
        # with \r in its line end the writer quotes cells that hold one, which readers take for a line end
        return cast(str, self._write(cells))[:-2] + "\n"

    def part(self, cells: Sequence[str]) -> str:
        """Return some neighbouring cells of a row, without line feed; nothing for no cells."""
        if not cells:
            return ""
        if len(cells) == 1 and not cells[0]:
            return ""  # alone, an empty cell would be quoted
        return self.line(cells)[:-1]
