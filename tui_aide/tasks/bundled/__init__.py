"""Bundled example tasks, generated or transformed on first use; listing them imports no data library."""

from tui_aide.tasks.bundled.catalogue import BUNDLED, BundledTask, References
from tui_aide.tasks.bundled.materialising import generate, materialise

__all__ = ["BUNDLED", "BundledTask", "References", "generate", "materialise"]
