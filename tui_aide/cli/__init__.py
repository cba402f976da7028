"""The command line, one file a command; `--help` imports nothing heavy."""


def main() -> int:
    """Run the command line."""
    raise SystemExit("tui-aide: not here yet")
