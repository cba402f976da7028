"""Calls that wait for a person or a display, need a network, or never end."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tui_aide.code.preflight.finding import Finding
from tui_aide.code.preflight.reach import Reach, errors
from tui_aide.code.preflight.source import Source

_STOPPED = errors("EOFError", "OSError", "RuntimeError", "ImportError")
_PERSON = {
    "builtins.input": "input() waits for a keyboard, and there is none: write the value into the script",
    "getpass.getpass": "getpass.getpass() waits for a keyboard, and there is none: write the value into the script",
    "builtins.breakpoint": "breakpoint() waits for a debugger: take it out",
    "code.interact": "code.interact() waits for a keyboard: take it out",
    "IPython.embed": "IPython.embed() waits for a keyboard: take it out",
    **{f"{d}.set_trace": f"{d}.set_trace() waits for a debugger: take it out" for d in ("pdb", "ipdb")},
    **{f"cv2.{n}": f"cv2.{n}() needs a display, and there is none: take it out" for n in ("imshow", "waitKey")},
    "tkinter.Tk": "tkinter.Tk() needs a display, and there is none: take it out",
}
_SHELLS = frozenset({"os.system", "os.popen"}) | {
    f"subprocess.{n}" for n in ("run", "call", "check_call", "check_output", "Popen", "getoutput", "getstatusoutput")
}
_INSTALLERS = frozenset({"pip", "pip3", "conda", "mamba", "uv", "apt", "apt-get"})
_DOWNLOADERS = frozenset({"wget", "curl", "kaggle", "gdown"})
_FETCHERS = frozenset({"urllib.request.urlretrieve", "urllib.request.urlopen", "wget.download", "gdown.download"}) | {
    f"requests.{n}" for n in ("get", "post", "request")
}
_DISPLAYS = ("tkagg", "qt", "gtk", "wx", "macosx")
_LEAVES = frozenset({"sys.exit", "os._exit", "os.abort", "os.kill", "builtins.exit", "builtins.quit", "builtins.next"})
_CONCURRENT = ("threading", "multiprocessing", "asyncio", "concurrent", "signal", "socketserver")


def check_blocking(source: Source, reach: Reach, *, network: bool = False) -> Iterator[Finding]:
    """Yield calls and loops that keep a script from ending, and downloads, where they are certain to run.

    Args:
        source: the script.
        reach: what of it is certain to run.
        network: whether it may use the network, so that nothing is known against downloads.
    """
    gui = any(
        source.origin(c.func) in ("matplotlib.use", "matplotlib.pyplot.switch_backend")
        and any((source.text(a) or "").casefold().startswith(_DISPLAYS) for a in c.args)
        for c in source.all(ast.Call)
    )
    for call in source.all(ast.Call):
        message = _why(source.origin(call.func), call, source, gui=gui, network=network)
        if message and reach.certain(call, _STOPPED):
            yield Finding("blocking", call.lineno, message)
    yield from _endless(source, reach)


def _why(origin: str, call: ast.Call, source: Source, *, gui: bool, network: bool) -> str:
    if origin in _PERSON:
        return _PERSON[origin]
    if origin == "matplotlib.pyplot.show" and gui:
        return (
            "plt.show() waits for a window, and there is no display: use plt.savefig(), and no other backend than Agg"
        )
    if network:
        return ""
    if origin in _FETCHERS:
        return f"{origin}() cannot work: there is no network; use the files in ./input"
    if origin in ("pip.main", "pip._internal.main"):
        return "pip cannot install anything: there is no network; use the packages that are installed"
    return _shell(call, source) if origin in _SHELLS else ""


def _shell(call: ast.Call, source: Source) -> str:
    """Return why a command of the shell cannot work, empty where nothing is known against it."""
    if not call.args:
        return ""
    given = call.args[0]
    parts = given.elts if isinstance(given, ast.List | ast.Tuple) else [given]
    words = [w for p in parts for w in (source.text(p) or _first_text(p)).split()]
    names = {w.rpartition("/")[2] for w in words}
    if names & _INSTALLERS and names & {"install", "add"}:
        tool = sorted(names & _INSTALLERS)[0]
        return f"{tool} cannot install anything: there is no network; use the packages that are installed"
    program = words[0].rpartition("/")[2] if words else ""
    return f"{program} cannot download anything: there is no network" if program in _DOWNLOADERS else ""


def _first_text(node: ast.expr) -> str:
    """Return the constant parts of a text that is built of others, too."""
    if isinstance(node, ast.JoinedStr):
        return " ".join(v.value for v in node.values if isinstance(v, ast.Constant) and isinstance(v.value, str))
    if isinstance(node, ast.BinOp) and isinstance(node.left, ast.Constant) and isinstance(node.left.value, str):
        return node.left.value
    return ""


def _endless(source: Source, reach: Reach) -> Iterator[Finding]:
    imports = [a.name for node in source.all(ast.Import) for a in node.names]
    imports += [node.module or "" for node in source.all(ast.ImportFrom)]
    if any(name.split(".")[0] in _CONCURRENT for name in imports):
        return
    for loop in source.all(ast.While):
        test = loop.test
        if not isinstance(test, ast.Constant) or not test.value or _can_leave(loop, source):
            continue
        if reach.certain(
            loop, _STOPPED | {"StopIteration", "IndexError", "KeyError", "ValueError", "KeyboardInterrupt"}
        ):
            yield Finding("blocking", loop.lineno, "this loop never ends: give it a `break` or a condition")


def _can_leave(loop: ast.While, source: Source) -> bool:
    """Whether anything within a loop, or within the functions of the script that it calls, may leave it."""
    seen: set[ast.AST] = set()
    stack: list[ast.AST] = [*loop.body]
    leaving = (ast.Break, ast.Return, ast.Raise, ast.Yield, ast.YieldFrom, ast.Await, ast.Assert)
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        if isinstance(node, leaving):
            return True
        if isinstance(node, ast.Call):
            if source.origin(node.func) in _LEAVES:
                return True
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            called = [f for f in source.all(ast.FunctionDef) if f.name == name]
            stack.extend(n for f in called for n in ast.walk(f) if isinstance(n, ast.Raise | ast.Assert | ast.Call))
        stack.extend(ast.iter_child_nodes(node))
    return False
