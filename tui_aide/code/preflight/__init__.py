"""Preflight: what is certain to go wrong in a script, found from its text before anything is executed."""

from tui_aide.code.preflight.checking import preflight
from tui_aide.code.preflight.finding import Finding, Kind
from tui_aide.code.preflight.imports import homes, imported_modules
from tui_aide.code.preflight.library import Library
from tui_aide.code.preflight.surroundings import Surroundings

__all__ = ["Finding", "Kind", "Library", "Surroundings", "homes", "imported_modules", "preflight"]
