"""THIRD_PARTY_NOTICES.md, made from what is installed: all that tui_aide needs to run, with versions and licences.

python docs/notices.py          write it
python docs/notices.py --check  exit code 1 where a package that is installed is missing there, or has another licence

The versions are those of the day it was written: what counts for one machine is its SBOM (docs/installing.md).
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PAGE = Path(__file__).parent.parent / "THIRD_PARTY_NOTICES.md"
OURS = "tui-aide"
_LINKS = ("source", "homepage", "repository", "source code", "github", "documentation")
_SPDX = {
    "MIT License": "MIT",
    "BSD License": "BSD-3-Clause",
    "Apache Software License": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
_SHORT = 40
"""Characters at most of a licence's name; what is longer is its text."""


_PAGE = """\
# Third-party notices

tui_aide itself is under the MIT licence: see LICENSE.

## What it carries

`tui_aide/tasks/bundled/data/docstrings.csv` holds words of the docstrings of CPython 3.11's standard library,
copyright 2001-2023 Python Software Foundation, under the PSF licence version 2. The licence and a list of the
changes are in `LICENSE-PSF.txt` beside it, and go into the folder of the task.

## What it needs

These packages are not carried: pip fetches them, each with the text of its own licence. The versions are
those that this table was made with, by `python docs/notices.py`; the licences are what the packages say.

| package | version | licence |
|---|---|---|
ROWS

The extras bring packages of their own: vLLM, Ray, the Docker SDK for Python (Apache-2.0), PyTorch (BSD-3-Clause),
textual-serve and keyring (MIT), and what these need. `docs/installing.md` says how to list what is on a machine.
"""


class Notice(NamedTuple):
    """One package: its name on PyPI, version, licence as an SPDX expression, and where it comes from."""

    name: str
    version: str
    licence: str
    link: str


def closure(root: str = OURS, extras: Iterable[str] = ()) -> list[Distribution]:
    """Return the installed packages that a package needs here, by name, itself left out."""
    found: dict[str, Distribution] = {}
    waiting = [(root, tuple(extras))]
    while waiting:
        name, wanted = waiting.pop()
        package = distribution(name)
        for text in package.requires or ():
            need = Requirement(text)
            if need.marker is not None and not any(need.marker.evaluate({"extra": e}) for e in ("", *wanted)):
                continue
            key = canonicalize_name(need.name)
            if key not in found and key != OURS:
                found[key] = distribution(need.name)
                waiting.append((need.name, tuple(need.extras)))
    return [found[key] for key in sorted(found)]


def notice(package: Distribution) -> Notice:
    """Return what is to be said of a package.

    Raises:
        SystemExit: its metadata name no licence, so that a person must look.
    """
    about = package.metadata
    name = canonicalize_name(about["Name"])
    classifiers = [c.rpartition(" :: ")[2] for c in about.get_all("Classifier") or () if c.startswith("License :: ")]
    stated = [about["License-Expression"], about["License"], *classifiers]
    short = next((text for text in stated if text and len(text) <= _SHORT * 2 and "\n" not in text), "")
    if not short:
        raise SystemExit(f"{name}: its metadata name no licence; look, and say it here")
    links = {label.strip().lower(): url.strip() for label, _, url in map(_parted, about.get_all("Project-URL") or ())}
    link = next((links[label] for label in _LINKS if label in links), about["Home-page"] or "")
    return Notice(name, package.version, _SPDX.get(short, short), link or f"https://pypi.org/project/{name}/")


def _parted(text: str) -> tuple[str, str, str]:
    return text.partition(",")


def notices() -> list[Notice]:
    """Return those of all that tui_aide needs here."""
    return [notice(package) for package in closure()]


def page(found: Iterable[Notice]) -> str:
    """Return the whole page."""
    rows = "\n".join(f"| [{n.name}]({n.link}) | {n.version} | {n.licence} |" for n in found)
    return _PAGE.replace("ROWS", rows)


def listed(text: str) -> dict[str, str]:
    """Return the licences that a page has, by package."""
    return dict(re.findall(r"^\| \[([^\]]+)\]\([^)]*\) \| [^|]+ \| ([^|]+) \|$", text, re.MULTILINE))


def main() -> int:
    """Write the page, or with --check tell by the exit code whether it has all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    found = notices()
    if parser.parse_args().check:
        known = listed(PAGE.read_text(encoding="utf-8"))
        wrong = [n for n in found if known.get(n.name) != n.licence]
        told = [f"{n.name}: {n.licence} here, {known.get(n.name, 'missing')} in {PAGE.name}" for n in wrong]
        sys.stderr.writelines(f"{line}\n" for line in told)
        return int(bool(wrong))
    PAGE.write_text(page(found), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
