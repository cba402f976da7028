"""The program that enters a sandbox: confines itself as it is told, then becomes the script's interpreter.

It is run by the scripts' own Python, as `python -I -S -c CODE FOLDER SPEC REPORT PROGRAM ARGUMENT ...`, with
`command` making that line.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence

from .confine import confine

_CODE = "import sys; sys.path.insert(0, sys.argv[1]); from inside.enter import main; main(sys.argv[2:])"
ENTERED = b"+"
"""What is reported just before the program begins; else it is the error, in words."""
_FAILED = 125


def command(python: str, spec: int, report: int, program: Sequence[str]) -> list[str]:
    """Return the command line that enters a sandbox and runs a program there.

    Args:
        python: the interpreter that does it.
        spec: descriptor that the specification, of `confine`, can be read from as JSON.
        report: descriptor of a pipe that takes `ENTERED` or an error; the program does not get it.
        program: by its whole path, and its arguments.
    """
    place = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    return [python, "-I", "-S", "-c", _CODE, place, str(spec), str(report), *program]


def main(arguments: Sequence[str]) -> None:
    """Enter the sandbox and become the program; never returns."""
    report = int(arguments[1])
    os.set_inheritable(report, False)
    try:
        with open(int(arguments[0]), "rb") as file:
            spec = json.load(file)
        confine({**spec, "keep": [report]})
        program = list(arguments[2:])
        os.write(report, ENTERED)
        os.execve(program[0], program, os.environ)
    except (OSError, ValueError, KeyError) as error:
        os.write(report, str(error).encode("utf-8", "replace"))
        os._exit(_FAILED)
    except BaseException as error:  # noqa: BLE001 - nothing may go on from here
        os.write(report, repr(error).encode("utf-8", "replace"))
        os._exit(_FAILED)
    sys.exit(_FAILED)
