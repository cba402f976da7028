"""The user's choices at work: read when the app starts, applied to it, read anew when a file of theirs is saved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual import constants
from textual.app import App
from textual.filter import Monochrome, NoColor

from tui_aide.errors import nearest
from tui_aide.tui.glyphs import ASCII, GLYPHS, choose_glyphs, use_glyphs
from tui_aide.tui.keymaps import Keymap, keymap_file, load_keymap
from tui_aide.tui.settings import DEFAULT_THEME, read_settings, save_settings, settings_file, with_value
from tui_aide.tui.theme_shelf import ThemeShelf

if TYPE_CHECKING:
    from textual.screen import Screen

WATCH_SECONDS = 1.0
"""How often the files are looked at: a few calls of stat."""


class Preferences:
    """Settings, keys and themes of one app.

    Attributes:
        settings: what holds now.
        keymap: the keys now.
        shelf: our themes and the user's.
    """

    def __init__(self, app: App[Any], theme_folders: list[Path]) -> None:
        self._app = app
        self._settings_file, self._keymap_file = settings_file(), keymap_file()
        self.shelf = ThemeShelf(theme_folders)
        self.settings, self._settings_problems = read_settings(self._settings_file)
        self.keymap: Keymap
        self._registered: set[str] = set()
        self._tried = ""
        self._stamps = self._look()
        self._apply_themes()
        self._apply_keys()
        self._apply_signs()

    @property
    def problems(self) -> Sequence[str]:
        """What is wrong with the user's files, a line each, with the file and the remedy."""
        found = [*self._settings_problems, *self.keymap.problems, *self.shelf.problems]
        theme = self.settings.theme
        if theme not in self._app.available_themes:
            hint = nearest(theme, self.theme_names)
            found.append(f"{self._settings_file}: theme: no theme {theme!r}.{hint} {self._app.theme} is shown")
        return found

    @property
    def theme_names(self) -> list[str]:
        """All themes in the picker's order: ours and the user's, then Textual's."""
        textuals = sorted(set(self._app.available_themes) - set(self.shelf.themes))
        return [*self.shelf.themes, *textuals]

    def put(self, path: str, value: Any) -> str:
        """Change one setting, apply it and keep it.

        Args:
            path: the key, such as `layout.zoomed`.
            value: what it is from now on.

        Returns:
            Why it could not be kept, else "".

        Raises:
            msgspec.ValidationError: the key may not have this value.
        """
        old, self.settings = self.settings, with_value(self.settings, path, value)
        if path == "theme":
            self._tried = ""
            self._apply_themes()
            self._app.call_next(self._restyle)
        elif path == "keymap":
            self._apply_keys()
        elif path in ("glyphs", "motion"):
            self._apply_signs()
        elif path.startswith("layout."):
            self._lay_out()
        told = save_settings(self._settings_file, old, self.settings)
        if stamp := self._look().get(self._settings_file):
            self._stamps[self._settings_file] = stamp
        return told

    def try_theme(self, name: str) -> None:
        """Show a theme until another is tried or chosen; the setting stays as it is. "" ends it."""
        self._tried = name
        if name != self._app.theme and name in self._app.available_themes:
            self._app.theme = name
            self._without_colour()
            self._app.call_next(self._restyle)

    def poll(self) -> list[str]:
        """Read anew what was saved meanwhile, and apply it; return what is wrong now and was not before."""
        stamps = self._look()
        changed = {p for p in {**self._stamps, **stamps} if self._stamps.get(p) != stamps.get(p)}
        if not changed:
            return []
        before, self._stamps = set(self.problems), stamps
        themes = changed - {self._settings_file, self._keymap_file}
        if themes:
            self.shelf.read(themes)
        if self._settings_file in changed:
            self.settings, self._settings_problems = read_settings(self._settings_file)
        if themes or self._settings_file in changed:
            self._apply_themes()
            self._app.call_next(self._restyle)
        self._apply_keys()
        self._apply_signs()
        return [problem for problem in self.problems if problem not in before]

    def _look(self) -> dict[Path, tuple[int, int]]:
        stamps: dict[Path, tuple[int, int]] = {}
        for path in (self._settings_file, self._keymap_file, *self.shelf.paths()):
            try:
                found = path.stat()
            except OSError:
                continue
            stamps[path] = (found.st_mtime_ns, found.st_size)
        return stamps

    def _apply_themes(self) -> None:
        app, themes = self._app, self.shelf.themes
        for theme in themes.values():
            app.register_theme(theme)
        choices = (self._tried, self.settings.theme, DEFAULT_THEME)
        wanted = next((n for n in choices if n in app.available_themes), app.theme)
        if wanted in self._registered - set(themes):  # its file is gone
            wanted = DEFAULT_THEME if DEFAULT_THEME in themes else "textual-dark"
        same = wanted == app.theme
        app.theme = wanted
        if same and app.is_running:
            app.mutate_reactive(App.theme)
        for name in self._registered - set(themes):
            app.unregister_theme(name)
        self._registered = set(themes)
        self._without_colour()

    def _without_colour(self) -> None:
        """With NO_COLOR, leave the terminal's own colours to the terminal, and make all others grey.

        Textual chooses between the two when the app is made, for the theme that it then has.
        """
        filters = self._app._filters
        for at, found in enumerate(filters):
            if isinstance(found, Monochrome | NoColor):
                filters[at] = NoColor() if self._app.native_ansi_color else Monochrome()

    def _apply_keys(self) -> None:
        self.keymap = load_keymap(self.settings.keymap, self._keymap_file)
        self._app.set_keymap(self.keymap.use())
        self._redraw()

    def _apply_signs(self) -> None:
        reduced = self.settings.motion == "reduced"
        self._app.animation_level = "none" if reduced else constants.TEXTUAL_ANIMATIONS
        if use_glyphs(choose_glyphs(choice=self.settings.glyphs)):
            self._redraw()
        self._app.set_class(GLYPHS == ASCII, "-ascii")

    def _screens(self) -> Iterator[Screen[Any]]:
        yield from self._app.screen_stack if self._app.is_running else ()

    def _lay_out(self) -> None:
        for screen in self._screens():
            if memory := getattr(screen, "memory", None):
                memory.restore()

    def _restyle(self) -> None:
        """Have our own widgets look up their styles anew, as the style sheets' ones do by themselves."""
        from tui_aide.tui.widgets.lines import Lines

        for screen in self._screens():
            for widget in screen.query(Lines):
                widget.notify_style_update()
                widget.refresh()

    def _redraw(self) -> None:
        """Draw all anew with other signs and keys."""
        from tui_aide.tui.widgets.key_footer import KeyFooter

        for screen in self._screens():
            for footer in screen.query(KeyFooter):
                footer.redraw()
            if redraw := getattr(screen, "redraw", None):
                redraw()
            for widget in screen.walk_children():
                widget.refresh()


def preferences_of(app: App[Any]) -> Preferences:
    """Return the preferences of our app."""
    found = getattr(app, "preferences", None)
    assert isinstance(found, Preferences), "only TuiAideApp has preferences"
    return found
