"""What a survey found, as documents: the data, the task.toml. No widget is known here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len

from tui_aide.sessions.apart import Settled
from tui_aide.sessions.estimate import AT_THIS_SERVER, Estimate, Mean
from tui_aide.sessions.quantities import write_duration
from tui_aide.tasks.columns import named_targets
from tui_aide.tasks.survey import Survey, TableSize
from tui_aide.tasks.task import Column
from tui_aide.tui.documents import Document, Paragraphs, Span
from tui_aide.tui.figures import count, duration, size, thousands
from tui_aide.tui.glyphs import GLYPHS
from tui_aide.tui.plain_text import fit, one_line
from tui_aide.tui.table import Table

Row = Sequence[Span]
_CELL = 14
_MOST_COLUMNS = 16
_DESCRIBED = 400


class Stack:
    """Documents one below the other."""

    dropped = 0
    follow = False

    def __init__(self, *parts: Document) -> None:
        self._parts = parts

    def resize(self, width: int) -> None:
        """Lay all of them out."""
        for part in self._parts:
            part.resize(width)

    def __len__(self) -> int:
        return sum(len(part) for part in self._parts)

    def row(self, index: int) -> Sequence[Span]:
        """Return one row."""
        for part in self._parts:
            if index < len(part):
                return part.row(index)
            index -= len(part)
        return ()

    def text(self) -> str:
        """Return all of them."""
        return "\n".join(part.text() for part in self._parts)


def data_page(survey: Survey, columns: Sequence[Column] | None) -> Document:
    """Return the page on the data: sizes, columns, first rows, what is odd."""
    parts: list[Document] = [Paragraphs([_size(table, survey) for table in survey.tables])]
    if survey.notes:
        parts.append(
            Paragraphs([(("", ""),), *(((f"{GLYPHS.warning} ", "warn"), (one_line(n), "")) for n in survey.notes)])
        )
    keys = {key: known.value for key, known in survey.keys.items()}
    targets, id_name = named_targets(keys.get("target", ""), survey.header), keys.get("id", "")
    if columns is None and survey.header:
        parts.append(Paragraphs([(("", ""),), (("Looking at the columns ...", "muted"),)]))
    elif columns:
        parts += [Paragraphs([(("", ""),)]), _columns(columns, targets, id_name)]
        if len(survey.header) > len(columns):
            parts.append(Paragraphs([((f"and {count(len(survey.header) - len(columns))} more columns", "muted"),)]))
    if survey.rows:
        parts += [Paragraphs([(("", ""),), (("First rows of train.csv", "title"),)]), _rows(survey, targets)]
    return Stack(*parts)


def _size(table: TableSize, survey: Survey) -> Row:
    rows = f"{table.rows:,} rows" if table.exact else f"about {count(table.rows)} rows"
    wide = f" {GLYPHS.times} {len(survey.header):,} columns" if table is survey.tables[0] else ""
    more = "" if table.exact else "; only its first part is looked at here, the search reads all of it"
    return ((table.name, "strong"), (f"  {rows}{wide}, {size(table.size)}", ""), (more, "muted"))


def _columns(columns: Sequence[Column], targets: Sequence[str], id_name: str) -> Table:
    def mark(column: Column) -> Span:
        if column.name in targets:
            return (f"{GLYPHS.best} target", "best")
        if column.name == id_name:
            return ("id", "muted")
        return ("", "") if column.in_test else ("only in train", "warn")

    rows: list[Sequence[Span]] = []
    for column in columns[:_DESCRIBED]:
        missing = f"{100 * column.missing:.1f} %" if column.missing else ""
        ranged = column.kind == "numeric" and column.minimum is not None and column.maximum is not None
        values = f"{column.minimum:.6g} to {column.maximum:.6g}" if ranged else ", ".join(map(one_line, column.samples))
        rows.append(
            (
                (fit(one_line(column.name), min(20, max(6, len(one_line(column.name))))), "strong"),
                (column.kind, ""),
                (missing, "warn" if column.missing > 0.2 else ""),
                (f"{column.unique:,}", ""),
                mark(column),
                (values, "muted"),
            )
        )
    return Table(("column", "type", "missing", "unique", "", "values"), rows, left=(0, 1, 4))


def _rows(survey: Survey, targets: Sequence[str]) -> Table:
    header = list(range(len(survey.header)))[:_MOST_COLUMNS]
    beyond = [survey.header.index(t) for t in targets[:3] if t in survey.header[_MOST_COLUMNS:]]
    if beyond:
        header = [*header[: -len(beyond)], *beyond]
    cells = [
        [(_short(row[i]), "best" if survey.header[i] in targets else "") for i in header] for row in survey.rows[:20]
    ]
    return Table([_short(survey.header[i]) for i in header], cells, stretch=False)


def _short(text: str) -> str:
    text = one_line(text)
    return text if len(text) <= _CELL else fit(text, _CELL)


def toml_page(survey: Survey, changes: dict[str, str]) -> Document:
    """Return the page with the task.toml that would be written, and whether there is one."""
    if survey.written is None:
        head = "There is no task.toml; all this is inferred. Writing it (ctrl+t) fixes it, for you to change."
    elif changes:
        head = "This would replace the folder's task.toml (ctrl+t asks first)."
    else:
        head = "The folder has a task.toml; with what it leaves out it says this."
    lines: list[Row] = [((head, "muted"),), (("", ""),)]
    for line in survey.toml.splitlines():
        style = "code-comment" if line.startswith("#") else ""
        key, equals, value = line.partition(" = ")
        if equals and not style:
            changed = "accent" if key in changes else "code-string"
            lines.append(((key, "code-keyword"), (" = ", ""), (one_line(value), changed)))
        else:
            lines.append(((one_line(line), style),))
    return Paragraphs(lines)


def estimate_rows(
    found: Estimate, settled: Settled | None, timeout: float, remarks: Sequence[str] = (), width: int = 120
) -> list[Row]:
    """Return what the search will take, with where each figure is from; what is not known is said to be so."""
    rows: list[Row] = []
    if settled is not None:
        rows.append(
            _row("search", f"{one_line(settled.model)}, {one_line(settled.strategy)}, {one_line(settled.policy)}", "")
        )
        rows.append(_row("at once", f"{_several(settled.workers, 'stream')}, {_several(settled.slots, 'script')}", ""))
        rows += [_row("a node" if i == 0 else "", one_line(c), "") for i, c in enumerate(settled.costs[:3])]
    if found.tokens_per_node is None:
        rows.append(_row("tokens", "unknown", "no earlier session with this model and strategy"))
    else:
        all_of = f"about {thousands(found.tokens)} in all; " if found.tokens is not None else ""
        rows.append(
            _row("tokens", f"{all_of}{thousands(found.tokens_per_node.value)} a node", _from(found.tokens_per_node))
        )
    rows += _speed(found, settled)
    if found.script_seconds is not None:
        rows.append(_row("scripts", f"{duration(found.script_seconds.value)} a node", _from(found.script_seconds)))
    else:
        rows.append(
            _row("scripts", f"unknown, at most {write_duration(timeout)} each", "no earlier session over this task")
        )
    if found.seconds is not None:
        low, high = (duration(s) for s in found.seconds)
        rows.append(
            _row("time", low if low == high else f"{low} to {high}", "streams and scripts side by side, or in turns")
        )
    else:
        rows.append(_row("time", "unknown", "it takes both figures: the model's and the scripts' time"))
    if found.nodes is not None and found.ends_by != "nodes":
        rows.append(_row("ends by", found.ends_by, f"after about {found.nodes:,.0f} nodes"))
    rows += [((f"{GLYPHS.warning} {one_line(line)}", "muted"),) for line in remarks]
    return [_cut(row, width) for row in rows]


def _speed(found: Estimate, settled: Settled | None) -> Iterator[Row]:
    """Return how fast one stream is: by earlier sessions at this server, else by the server's own figures."""
    told = settled.speed if settled is not None else None
    own = told is not None and told.rate is not None
    if found.rate is not None and not (own and found.rate.alike != AT_THIS_SERVER):
        yield _row("speed", f"{found.rate.value:,.0f} tokens/s a stream", _from(found.rate))
    elif told is not None and told.rate is not None:
        why = f"as the server measured over {count(told.tokens)} tokens since it began"
        yield _row("speed", f"{told.rate:,.0f} tokens/s a stream", why)
    elif settled is not None and settled.server:
        yield _row("speed", "unknown", "no measurement yet: no earlier session here, and the server tells none")
    if told is not None and (told.running or told.waiting):
        kv = f", KV cache {told.kv_use * 100:.0f} % full" if told.kv_use is not None else ""
        words = f"{told.running or 0} running, {told.waiting or 0} waiting{kv}"
        yield _row("server", words, "others use it now: a stream may be slower")


def _row(name: str, value: str, why: str) -> Row:
    style = "warn" if value.startswith("unknown") else ""
    return ((fit(name, 9), "muted"), (value, style), (f"   {why}" if why else "", "muted"))


def _cut(row: Row, width: int) -> Row:
    """Cut a row's last span where it is too long, with a sign that it is."""
    *first, (text, style) = row
    room = width - sum(cell_len(t) for t, _ in first)
    return (*first, (text if cell_len(text) <= room else fit(text, max(1, room)), style))


def _several(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _from(mean: Mean) -> str:
    return f"from {count(mean.nodes)} nodes of {_several(mean.sessions, 'session')}: {mean.alike}"
