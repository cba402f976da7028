"""The terminal interface: renders what viewers fold, and sends commands."""

import os

os.environ.setdefault("ESCDELAY", "25")
"""Milliseconds until Escape counts as a key of its own, not as the begin of another one: those come in one piece."""
