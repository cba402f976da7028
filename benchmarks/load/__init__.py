"""The screen at its target load: a synthetic runner, the real `tui-aide attach` on a terminal, and what it costs."""
