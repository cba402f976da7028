"""Write tui_aide/tasks/bundled/data/docstrings.csv from the docstrings of the running interpreter's standard library.

Run once, with CPython 3.11; the file is committed, because docstrings differ from version to version and a task's
reference scores must not. Only a part of each docstring's words is kept, without the names of the modules.

    python benchmarks/collect_docstrings.py
"""

from __future__ import annotations

import csv
import importlib
import inspect
import random
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

TARGET = Path(__file__).parent.parent / "tui_aide" / "tasks" / "bundled" / "data" / "docstrings.csv"
ROWS_A_TOPIC = 300
LONGEST, SHORTEST = 24, 6
KEPT = 0.8
TOPICS = {
    "files": "os posixpath pathlib shutil tempfile glob fnmatch filecmp io zipfile tarfile gzip bz2 lzma zlib mmap"
    " fileinput stat",
    "network": "socket ssl http.client http.server http.cookies http.cookiejar urllib.request urllib.parse"
    " urllib.robotparser smtplib ftplib imaplib poplib socketserver xmlrpc.client xmlrpc.server ipaddress selectors"
    " select wsgiref.handlers wsgiref.headers wsgiref.util webbrowser",
    "text": "re string textwrap difflib locale gettext codecs stringprep html html.parser pprint shlex cmd argparse"
    " getopt optparse",
    "concurrency": "asyncio.events asyncio.base_events asyncio.tasks asyncio.streams asyncio.queues asyncio.locks"
    " asyncio.futures asyncio.transports asyncio.protocols asyncio.runners threading multiprocessing.context"
    " multiprocessing.pool multiprocessing.managers multiprocessing.process multiprocessing.queues"
    " multiprocessing.shared_memory multiprocessing.connection concurrent.futures._base"
    " concurrent.futures.thread concurrent.futures.process queue sched subprocess signal",
    "numbers": "math cmath statistics decimal fractions random numbers operator secrets hashlib hmac bisect heapq"
    " itertools array datetime calendar",
    "code": "ast inspect dis importlib.abc importlib.util importlib.machinery importlib.metadata tokenize symtable"
    " compileall py_compile pkgutil runpy types typing abc dataclasses functools gc weakref pickletools codeop code"
    " traceback linecache",
    "testing": "unittest.case unittest.mock unittest.suite unittest.loader unittest.runner unittest.result"
    " unittest.main doctest pdb bdb trace tracemalloc timeit profile pstats warnings logging logging.handlers"
    " logging.config",
    "formats": "json.decoder json.encoder csv configparser plistlib xml.dom.minidom xml.etree.ElementTree"
    " xml.sax.handler xml.sax.xmlreader xml.sax.saxutils email.message email.header email.headerregistry email.policy"
    " email.generator email.parser email.utils email.charset mailbox base64 binascii struct pickle copyreg shelve"
    " sqlite3 quopri mimetypes wave netrc",
    "screen": "tkinter tkinter.ttk tkinter.filedialog tkinter.font turtle curses.textpad",
}


def documented(owner: ModuleType | type, module: str, depth: int = 0) -> Iterator[str]:
    """Yield the docstrings of what `owner` defines: functions, classes, properties, and the classes' own."""
    for _, member in sorted(vars(owner).items()):
        value = member.__func__ if isinstance(member, staticmethod | classmethod) else member
        if not (inspect.isroutine(value) or inspect.isclass(value) or isinstance(value, property)):
            continue
        if depth == 0 and getattr(value, "__module__", module) not in (module, f"_{module}", "posix", None):
            continue
        if isinstance(value.__doc__, str):
            yield value.__doc__
        if inspect.isclass(value) and depth == 0:
            yield from documented(value, module, 1)


def words_of(text: str, names: set[str], dice: random.Random) -> list[str]:
    """Return part of the words of a docstring, in order, lower case, without the names of modules."""
    found = [word for word in re.findall(r"[a-z][a-z_]+", text.lower()) if word not in names]
    return [word for word in found if dice.random() < KEPT][:LONGEST]


def main() -> None:
    """Collect, thin and write."""
    names = {part for modules in TOPICS.values() for part in re.split(r"[ .]+", modules)}
    dice = random.Random(20)
    rows: list[tuple[str, str]] = []
    seen: set[str] = set()
    for topic, modules in TOPICS.items():
        texts: list[str] = []
        for module in modules.split():
            for text in documented(importlib.import_module(module), module):
                if text in seen:
                    continue
                seen.add(text)
                words = words_of(text, names, dice)
                if len(words) >= SHORTEST:
                    texts.append(" ".join(words))
        dice.shuffle(texts)
        rows += [(topic, text) for text in texts[:ROWS_A_TOPIC]]
    with TARGET.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(("topic", "words"))
        writer.writerows(sorted(rows))


if __name__ == "__main__":
    main()
