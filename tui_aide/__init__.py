"""tui_aide searches for machine-learning solutions in the terminal, the way AIDE does.

Nothing is imported here, so that the command line starts at once.
"""

__version__ = "0.1.0"
