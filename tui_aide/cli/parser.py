"""The parser of one command's options: argparse, with errors of one line that name the nearest right option."""

from __future__ import annotations

import argparse
import re
from typing import NoReturn

from tui_aide.errors import UsageError, nearest


class Parser(argparse.ArgumentParser):
    """Raises `UsageError` instead of printing its usage and leaving."""

    def __init__(self, command: str, description: str, epilog: str) -> None:
        super().__init__(
            prog=command,
            description=description.strip(),
            epilog=epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )

    def error(self, message: str) -> NoReturn:
        """Raise what is wrong, with the nearest option where one is unknown, and where the help is."""
        hint = ""
        unknown = re.match(r"unrecognized arguments: (--?[\w-]+)", message)
        if unknown:
            options = [o for a in self._actions for o in a.option_strings if o.startswith("--")]
            hint = nearest(unknown[1], options)
        choice = re.search(r"invalid choice: '(.*)' \(choose from (.*)\)", message)
        if choice:
            hint = nearest(choice[1], re.findall(r"'([^']+)'", choice[2]))
        if message.startswith("the following arguments are required: SESSION"):
            hint = " The names: tui-aide sessions."
        if message.endswith("arguments are required: TASK"):
            hint = " It is a folder with train.csv and test.csv, or one of: tui-aide tasks."
        raise UsageError(f"{message}.{hint} See: {self.prog} --help")
