"""The form of a new search: what to search, by which model and strategy, for how long; it ends on the search screen."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import msgspec
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import Screen
from textual.widgets import Button, Static

from tui_aide.errors import TuiAideError
from tui_aide.sessions.choice import Choice
from tui_aide.tui.actions import EVERYWHERE, NEW, Action, bindings
from tui_aide.tui.glyphs import ASCII, GLYPHS
from tui_aide.tui.model_cards import ListModels, ModelCard
from tui_aide.tui.order_desk import OrderDesk
from tui_aide.tui.order_drawing import OrderDrawing
from tui_aide.tui.order_fields import BY_KEY, FIELDS, MORE, Field
from tui_aide.tui.order_form import OrderForm
from tui_aide.tui.order_offers import offers
from tui_aide.tui.places_to_search import PathSuggester, folder_choices, is_task
from tui_aide.tui.screens.new_search_css import NEW_SEARCH_CSS
from tui_aide.tui.widgets.board import Board
from tui_aide.tui.widgets.fold_line import FoldLine
from tui_aide.tui.widgets.form_field import FormField
from tui_aide.tui.widgets.key_footer import KeyFooter
from tui_aide.tui.widgets.node_panel import TabLine
from tui_aide.tui.widgets.text_pane import TextPane

VIEWS = ("form", "data", "toml", "estimate")
ABOUT_MORE = "other models for roles, tokens of a sample, GPU, Python, the end"


def _help_by_f1() -> list[Action]:
    """A question mark is text here."""
    return [msgspec.structs.replace(a, keys="f1") if a.id == "app.help" else a for a in EVERYWHERE]


class _Form(VerticalScroll, can_focus=False, inherit_bindings=False):
    """The fields."""


class NewSearchScreen(Screen[Path | None]):
    """Gives back the folder of the session that was started, None when it was left."""

    CSS = NEW_SEARCH_CSS
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]  # noqa: RUF012  (Textual declares them so)
    VERTICAL_BREAKPOINTS = [(0, "-low"), (42, "-tall")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = bindings(NEW, priority=False)
    AUTO_FOCUS = "#field-task Input"

    actions = NEW

    def __init__(self, form: OrderForm, place: Path, list_models: ListModels | None = None) -> None:
        super().__init__()
        self.form = form
        self.desk = OrderDesk(self, form, place, self.draw)
        self.drawing = OrderDrawing(self)
        self._list_models = list_models
        self._models: Sequence[ModelCard] = ()
        self._view = "form"
        self._fields = {
            field.key: FormField(field, form.texts[field.key], PathSuggester() if field.key == "task" else None)
            for field in FIELDS
        }

    def compose(self) -> ComposeResult:
        """Make the form, the pages beside it and the lines below."""
        yield Board(id="head")
        yield TabLine(id="views")
        with Horizontal(id="body"):
            with _Form(id="form"):
                yield from self._grouped([f for f in FIELDS if not f.more])
                yield FoldLine("More", ABOUT_MORE, id="fold", classes="group-gap")
                with Vertical(id="more"):
                    yield from self._grouped(MORE)
            with Vertical(id="pages"):
                yield TextPane(id="data")
                yield TextPane(id="toml")
                yield Board(id="estimate")
        yield Board(id="hint")
        yield Board(id="line")
        yield Board(id="state")
        with Horizontal(id="buttons"):
            yield Button("Start", variant="primary", compact=True, disabled=True, id="start")
            yield Button("Write task.toml", compact=True, disabled=True, id="write")
            yield Button("Copy command", compact=True, id="copy")
            yield Button("Back", compact=True, id="back")
        yield KeyFooter((*NEW, *_help_by_f1()))

    def _grouped(self, fields: Sequence[Field]) -> ComposeResult:
        group = ""
        for field in fields:
            if field.group != group:
                yield Static(field.group, classes="group group-gap" if group else "group", markup=False)
                group = field.group
            yield self._fields[field.key]

    def on_mount(self) -> None:
        """Title the pages and begin to look things up."""
        for name, title in (("form", "New search"), ("data", "Data"), ("toml", "task.toml"), ("estimate", "Estimate")):
            self.query_one(f"#{name}").border_title = title
        self.set_class(GLYPHS == ASCII, "-ascii")
        self.drawing.mounted()
        self.set_view("form")
        self.fold.put(self.form.opened)
        self.query_one(KeyFooter).label()
        self.desk.begin()
        if self._list_models is not None:
            self.run_worker(self._ask_models(self._list_models), group="models", exclusive=True)

    async def _ask_models(self, list_models: ListModels) -> None:
        try:
            self._models = await list_models()
        except TuiAideError:
            self._models = ()

    def draw(self) -> None:
        """Draw what follows from the form; nothing before it is there, nor when it is being taken away."""
        if self.drawing.boards and self.is_attached and not self._pruning:
            self.drawing.draw()

    def on_resize(self) -> None:
        """Draw what depends on the width."""
        self.call_after_refresh(self.draw)

    def set_view(self, view: str) -> None:
        """Show one of the pages where there is room for one only."""
        self._view = view
        for name in VIEWS:
            self.set_class(name == view, f"view-{name}")
        self.query_one("#views", TabLine).set_tabs(VIEWS, view, numbers=False, hint="f2 next page")

    @property
    def fold(self) -> FoldLine:
        """The line that folds what is seldom needed."""
        return self.query_one("#fold", FoldLine)

    @on(FoldLine.Toggled)
    def _folded(self, event: FoldLine.Toggled) -> None:
        self.form.opened = event.opened
        self.set_class(event.opened, "more")
        if event.opened and self.focused is self.fold:
            self.call_after_refresh(self.field_widget(MORE[0].key).scroll_visible)

    @on(FoldLine.Entered)
    def _fold_entered(self) -> None:
        self.drawing.hint("")

    def show_field(self, key: str) -> None:
        """Focus a field, wherever it is."""
        if BY_KEY[key].more:
            self.fold.put(True)
        self.set_view("form")
        self.call_after_refresh(self.field_widget(key).input.focus)

    def field_widget(self, key: str) -> FormField:
        """Return a field's widget."""
        return self._fields[key]

    # ---- editing

    @on(FormField.Edited)
    def _edited(self, event: FormField.Edited) -> None:
        if self.form.texts[event.key] == event.text:
            return
        self.form.texts[event.key] = event.text
        if event.key == "task":
            self.desk.task_changed()
        elif BY_KEY[event.key].part:
            self.desk.order_changed()
        else:
            self.desk.keys_changed()

    @on(FormField.Entered)
    def _entered(self, event: FormField.Entered) -> None:
        self.drawing.hint(event.field.key)

    @on(FormField.Asked)
    def _asked(self, event: FormField.Asked) -> None:
        if not event.field.choices:
            self.action_go(1)
            return
        from tui_aide.tui.screens.pick import PickScreen

        key = event.field.key

        def picked(name: str | None) -> None:
            if name is not None:
                self.put(key, name)

        def inside(choice: Choice) -> list[Choice] | None:
            """Open a folder that is no task."""
            path = Path(choice.name).expanduser()
            return folder_choices(choice.name) if path.is_absolute() and not is_task(choice.name) else None

        async def ask() -> None:
            found = await asyncio.to_thread(offers, key, self.form, self.desk, self._models)
            title = f"{event.field.label}: {event.field.about}"
            self.app.push_screen(PickScreen(title, found, inside if key == "task" else None), picked)

        self.run_worker(ask(), group="pick", exclusive=True)

    def put(self, key: str, text: str) -> None:
        """Put a text into a field, as if it had been typed."""
        box = self.field_widget(key).input
        box.value = text
        box.cursor_position = len(text)
        if key == "model":
            self._put_server(text)

    def _put_server(self, model: str) -> None:
        """A model at a usual address is found by its name; one elsewhere needs its address, too."""
        box = self.field_widget("server").input
        if model == "builtin" and box.value:
            box.value = ""

    def action_go(self, step: int) -> None:
        """Focus the next or the previous field."""
        stops: list[FormField | FoldLine] = [w for f in FIELDS if (w := self._fields[f.key]).display and not f.more]
        stops.append(self.fold)
        stops += [self._fields[f.key] for f in MORE] if self.form.opened else []
        here = next((i for i, w in enumerate(stops) if w.has_focus_within or w.has_focus), -1)
        if here >= 0:
            there = stops[(here + step) % len(stops)]
            (there.input if isinstance(there, FormField) else there).focus()

    def action_choose(self) -> None:
        """Show the choices of the field that has the focus."""
        field = next((w for w in self.query(FormField) if w.has_focus_within), None)
        if field is not None and field.field.choices:
            field.post_message(FormField.Asked(field.field))

    # ---- doing

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        actions = {
            "start": self.action_start,
            "write": self.action_write,
            "copy": self.action_copy,
            "back": self.action_leave,
        }
        actions[event.button.id or ""]()

    def action_start(self) -> None:
        """Start the search; task.toml is written first where keys were changed, when the user agrees."""
        desk, form = self.desk, self.form
        if desk.starting:
            return
        wrong = form.problems()
        if wrong or not form.texts["task"].strip():
            first = next((f.key for f in FIELDS if f.key in wrong), "task")
            self.show_field(first)
            self.notify(wrong.get(first, "Name a folder or a bundled task first."), severity="error", markup=False)
            return
        if not desk.ready:
            self.notify("It is still being looked at; a moment.", markup=False)
            return
        if form.changes():
            self._ask_to_write("Write task.toml and start?", self._start_now)
        else:
            self._start_now()

    def _start_now(self) -> None:
        order, _ = self.form.read()
        if order is not None:
            self.desk.start(order, self._started)

    def _started(self, session: Path) -> None:
        self.dismiss(session)

    def action_write(self) -> None:
        """Write task.toml; one that is there is replaced only when the user says so."""
        survey = self.form.survey
        if survey is None or survey.problem or self.form.bundled:
            self.notify("There is no task.toml to write yet: see the fields in red.", severity="error", markup=False)
        elif survey.written is not None:
            self._ask_to_write("Replace task.toml?", lambda: None)
        else:
            self.desk.write(replace=False, written=lambda path: self._written(path, lambda: None))

    def _ask_to_write(self, heading: str, then: object) -> None:
        from tui_aide.tui.screens.ask import QuestionDialog

        survey = self.form.survey
        assert survey is not None
        assert callable(then)
        path = Path(survey.folder) / "task.toml"
        there = "replaces the one there; its other keys are kept, its comments are not" if survey.written else "is new"

        def answered(sure: bool | None) -> None:
            if sure:
                replace = survey.written is not None
                self.desk.write(replace=replace, written=lambda path: self._written(path, then))

        self.app.push_screen(QuestionDialog(heading, f"{path} {there}. It says what you chose here."), answered)

    def _written(self, path: str, then: object) -> None:
        """What was changed stands in the file now."""
        self.notify(f"Wrote {path}", markup=False)
        self.form.inferred |= self.form.changes()
        assert callable(then)
        then()
        if not self.desk.starting:
            self.desk.task_changed()

    def action_copy(self) -> None:
        """Copy the command line."""
        if line := self.form.line():
            self.app.copy_to_clipboard(line)
            self.notify("Copied the command line.", timeout=2)

    def action_next_view(self) -> None:
        """Show the next page on a small screen; on a large one, focus it."""
        panes = {"data": "#data", "toml": "#toml"}
        if self.has_class("-wide"):
            order = ["form", "data", "toml"]
            here = next((n for n in ("data", "toml") if self.query_one(panes[n]).has_focus), "form")
            after = order[(order.index(here) + 1) % len(order)]
        else:
            after = VIEWS[(VIEWS.index(self._view) + 1) % len(VIEWS)]
            self.set_view(after)
        if after in panes:
            self.query_one(panes[after]).focus()
        elif after == "form":
            self.field_widget("task").input.focus()

    @on(TabLine.Chosen)
    def _tab(self, event: TabLine.Chosen) -> None:
        self.set_view(event.name)

    def action_leave(self) -> None:
        """Break a start off, else go back."""
        if self.desk.starting:
            self.desk.cancel()
            self.notify("The start was broken off.", markup=False)
        else:
            self.dismiss(None)
