"""Pictures of every screen, kept as text: `python -m tests.tui.snapshots --update` writes them anew."""
