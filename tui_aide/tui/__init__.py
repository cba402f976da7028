"""The terminal interface: renders what viewers fold, and sends commands."""

import os

os.environ.setdefault("ESCDELAY", "50")
"""Milliseconds until Escape counts as a key of its own, not as the begin of another one's bytes; Textual waits 100."""
