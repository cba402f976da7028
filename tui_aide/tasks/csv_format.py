"""Finding out how a CSV file is written: encoding and separator, or that it is none."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import re
from pathlib import Path

import msgspec

from tui_aide.errors import TaskError

SEPARATORS = ",;\t|"
_SIGNATURES = {
    b"PK\x03\x04": "a ZIP archive or Excel workbook",
    b"PAR1": "a Parquet file",
    b"\x1f\x8b": "gzip-compressed",
    b"BZh": "bzip2-compressed",
    b"\xfd7zXZ": "xz-compressed",
    b"7z\xbc\xaf": "a 7z archive",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"%PDF": "a PDF",
    b"\x89HDF": "an HDF5 file",
    b"SQLite format": "an SQLite database",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"ARROW1": "an Arrow file",
}
_OPENINGS = {
    "version https://git-lfs": "the pointer of a file in Git LFS. Fetch the file itself: git lfs pull.",
    "<!doctype": "a web page. Download the file itself.",
    "<html": "a web page. Download the file itself.",
    "<?xml": "XML. Export it as CSV.",
    "{": "JSON. Export it as CSV.",
    "[": "JSON. Export it as CSV.",
}
_CONTROLS = frozenset(map(chr, range(32))) - set("\t\n\v\f\r\x1a")
_CHUNK = 1 << 20


class CsvFormat(msgspec.Struct, frozen=True):
    """How a CSV file is written; `decimal` is a point or a comma, `note` says what was unusual, if anything."""

    separator: str
    encoding: str
    note: str = ""
    decimal: str = "."


def sniff(path: Path, separator: str | None = None, encoding: str | None = None, most: int | None = None) -> CsvFormat:
    """Find a CSV file's encoding and separator; what is given is checked rather than guessed.

    With `most`, only so many bytes are looked at.

    Raises:
        TaskError: the file is missing, empty, binary, or does not have the given encoding or separator.
    """
    head = _read_head(path)
    note = ""
    if encoding is None:
        encoding, note = _find_encoding(path, head, most)
    else:
        _check_encoding(path, encoding, most)
    with path.open(encoding=encoding, newline="") as file:
        text = file.read(_CHUNK)
    if "\0" in text or (_CONTROLS - {separator}).intersection(text[:1000]):
        raise TaskError(f"{path.name}: not a CSV file: it holds binary data. Export it as CSV.")
    _check_opening(path, text)
    if not text.strip():
        raise TaskError(f"{path.name}: the file is empty; it needs a header line and rows.")
    found = _find_separator(text)
    if separator is None:
        separator = found
    elif separator not in text.splitlines()[0] and found in text.splitlines()[0]:
        raise TaskError(
            f"task.toml: separator is {separator!r}, but {path.name} is separated by {found!r}; "
            "correct the key `separator` or leave it out."
        )
    decimal = _find_decimal(text, separator)
    if decimal == ",":
        note += f"{' ' if note else ''}{path.name} has decimal commas; scripts see decimal points."
    return CsvFormat(separator, encoding, note, decimal)


def _check_opening(path: Path, text: str) -> None:
    """Refuse other kinds of text; a header may begin with a bracket, but not with one and a quote or a line's end."""
    start = text[:200].lstrip().casefold()
    for opening, what in _OPENINGS.items():
        if start.startswith(opening) and (len(opening) > 1 or start[1:].lstrip()[:1] in ("{", '"', "[")):
            raise TaskError(f"{path.name}: not a CSV file: it is {what}")


def _read_head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            head = file.read(_CHUNK)
    except OSError as error:
        raise TaskError(f"{path}: cannot be read: {error.strerror}.") from error
    for signature, what in _SIGNATURES.items():
        if head.startswith(signature):
            raise TaskError(f"{path.name}: not a CSV file: it is {what}. Unpack it or export it as CSV.")
    utf16 = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if not utf16 and b"\0" in head:
        raise TaskError(f"{path.name}: not a CSV file: it holds binary data. Export it as CSV.")
    return head


def _find_encoding(path: Path, head: bytes, most: int | None) -> tuple[str, str]:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", f"{path.name} is written in UTF-16; scripts see it in UTF-8."
    if _decodes(path, "utf-8", most):
        return ("utf-8-sig", "") if head.startswith(codecs.BOM_UTF8) else ("utf-8", "")
    # cp1252 has five undefined bytes; Latin-1 takes every byte
    encoding = "cp1252" if _decodes(path, "cp1252", most) else "latin-1"
    shown = "Windows-1252 (Latin-1)" if encoding == "cp1252" else "Latin-1"
    return encoding, f"{path.name} is not UTF-8 and was read as {shown}; scripts see it in UTF-8."


def _check_encoding(path: Path, encoding: str, most: int | None) -> None:
    try:
        "".encode(encoding)  # unlike `codecs.lookup`, this refuses codecs that are no encodings of text, such as hex
    except (LookupError, ValueError) as error:
        raise TaskError(f'task.toml: encoding {encoding!r} is not known; leave it out or use "utf-8".') from error
    if not _decodes(path, encoding, most):
        raise TaskError(f"{path.name}: not written in {encoding!r}; correct `encoding` in task.toml or leave it out.")


def _decodes(path: Path, encoding: str, most: int | None) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    read = 0
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
                read += len(chunk)
                if most is not None and read >= most:
                    return True
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _find_separator(text: str) -> str:
    """The separator that splits the header in most fields and the first rows in as many."""
    best, best_score = ",", (False, 1)
    for separator in SEPARATORS:
        lengths = _field_counts(text, separator)
        if lengths and lengths[0] > 1:
            score = (all(n == lengths[0] for n in lengths), lengths[0])
            if score > best_score:
                best, best_score = separator, score
    return best


_WITH_COMMA = re.compile(r"[-+]?(\d+|\d{1,3}(\.\d{3})+),\d+([eE][-+]?\d+)?")
_WITH_POINT = re.compile(r"[-+]?\d*\.\d+([eE][-+]?\d+)?")


def _find_decimal(text: str, separator: str, records: int = 200) -> str:
    """A comma where numbers are written with one and none with a point."""
    if separator == ",":
        return "."
    found = "."
    try:
        for record in itertools.islice(csv.reader(io.StringIO(text), delimiter=separator), records):
            if any(_WITH_POINT.fullmatch(cell.strip()) for cell in record):
                return "."
            if any(_WITH_COMMA.fullmatch(cell.strip()) for cell in record):
                found = ","
    except csv.Error:
        return "."
    return found


def with_point(cell: str) -> str:
    """Return a number that is written with a decimal comma with a point instead; any other text as it is."""
    if "," not in cell or not _WITH_COMMA.fullmatch(cell.strip()):
        return cell
    return cell.replace(".", "").replace(",", ".")


def _field_counts(text: str, separator: str, records: int = 20) -> list[int]:
    counts: list[int] = []
    complete = len(text) < _CHUNK
    try:
        for record in csv.reader(io.StringIO(text), delimiter=separator):
            if record:
                counts.append(len(record))
            if len(counts) == records:
                return counts
    except csv.Error:
        return counts
    # the last record may be cut off at the end of what was read
    return counts if complete else counts[:-1]
