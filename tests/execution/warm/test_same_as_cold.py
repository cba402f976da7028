"""What a script sees, prints, leaves and ends with is the same, started cold or warm."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.execution.warm.running import laid_out, left, run_warm, warm_executor
from tui_aide.execution.local import LocalExecutor
from tui_aide.execution.sandboxes.choosing import try_out
from tui_aide.execution.sandboxes.plain import NoSandbox
from tui_aide.execution.sandboxes.sandbox import Sandbox

pytestmark = pytest.mark.asyncio(loop_scope="module")

SEEN = {
    "names": """
        import sys
        print(__name__, __file__, __spec__, __package__, __doc__, __annotations__, __builtins__, type(__loader__))
        print(list(globals()))
        print(sys.argv, sys.path, sys.executable)
        import __main__
        print(__main__.__dict__ is globals(), __main__)
    """,
    "documented": '''
        """What it is for."""
        x: int = 1
        print(__doc__, __annotations__)
    ''',
    "variables": """
        import os, pathlib, tempfile
        print(sorted((n, v) for n, v in os.environ.items() if n != "TUI_AIDE_RUN"))
        print(len(os.environ["TUI_AIDE_RUN"]), os.getcwd(), pathlib.Path.home(), tempfile.gettempdir())
        os.system("echo $HOME $OMP_NUM_THREADS")
    """,
    "descriptors": """
        import os
        print(sorted(map(int, os.listdir("/proc/self/fd"))))
        for fd in range(3):
            print(os.get_inheritable(fd), os.readlink(f"/proc/self/fd/{fd}").split(":")[0])
    """,
    "streams": """
        import sys
        for s in (sys.stdin, sys.stdout, sys.stderr, sys.__stdin__, sys.__stdout__, sys.__stderr__):
            print(type(s), type(s.buffer), s.name, s.mode, s.encoding, s.errors, s.newlines)
            print(s.line_buffering, s.write_through, s.isatty(), s.seekable(), s.fileno())
        print(repr(sys.stdin.read()))
        sys.stdout.buffer.write(b"bytes, "); sys.stdout.write("no newline; "); print("one", end="")
    """,
    "signals": """
        import signal
        for n in sorted(signal.valid_signals()):
            print(n, signal.getsignal(n) if n not in (signal.SIGKILL, signal.SIGSTOP) else "")
        print(signal.pthread_sigmask(signal.SIG_BLOCK, ()), signal.set_wakeup_fd(-1))
        print(signal.getitimer(signal.ITIMER_REAL))
    """,
    "processes": """
        import multiprocessing, os, resource, sys, threading
        print(os.getpid() == os.getsid(0) == os.getpgid(0), os.nice(0), os.umask(0))
        print(open("/proc/self/oom_score_adj").read())
        for name in sorted(n for n in dir(resource) if n.startswith("RLIMIT_")):
            print(name, resource.getrlimit(getattr(resource, name)))
        print(threading.current_thread() is threading.main_thread(), threading.active_count())
        print(multiprocessing.current_process().name, multiprocessing.parent_process())
        print(multiprocessing.active_children(), multiprocessing.get_start_method(allow_none=True))
        print(len(os.listdir("/proc/self/task")), os.sched_getscheduler(0), len(os.sched_getaffinity(0)))
    """,
    "interpreter": """
        import gc, locale, sys, time, warnings, logging
        print(hash("text"), sys.getrecursionlimit(), sys.getswitchinterval(), gc.isenabled(), gc.get_threshold())
        print(locale.getlocale(), locale.setlocale(locale.LC_ALL), sys.getfilesystemencoding(), time.tzname)
        print(sys.gettrace(), sys.getprofile(), sys.exc_info(), sys.excepthook.__module__, sys.displayhook)
        print(logging.getLogger().handlers, logging.getLogger().level, hasattr(sys, "last_value"), hasattr(sys, "ps1"))
        import faulthandler
        print(faulthandler.is_enabled(), sys.dont_write_bytecode, sys.pycache_prefix)
    """,
}
ENDS = {
    "nothing": "",
    "code": "raise SystemExit(3)",
    "negative code": "import sys; sys.exit(-1)",
    "large code": "import sys; sys.exit(256 + 7)",
    "no code": "import sys; print('out'); sys.exit()",
    "true": "import sys; sys.exit(True)",
    "words": "import sys; sys.exit('that was not to be')",
    "at once": "import os; print('lost', end=''); os._exit(5)",
    "terminated": "import os, signal; os.kill(os.getpid(), signal.SIGTERM)",
    "killed": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "interrupted": "raise KeyboardInterrupt",
    "interrupted by a signal": "import os, signal, time; os.kill(os.getpid(), signal.SIGINT); time.sleep(9)",
    "raises": """
        import pandas as pd
        def inner(frame):
            return frame["missing"]
        def outer(rows):
            count = 3
            return inner(pd.DataFrame({"a": rows}))
        table = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
        outer([1, 2])
    """,
    "raises from": """
        try:
            try:
                1 / 0
            finally:
                {}["x"]
        except KeyError as e:
            raise RuntimeError("after all") from e
    """,
    "raises a group": "raise ExceptionGroup('two', [ValueError(1), TypeError('2')])",
    "raises what cannot be told": """
        class Odd(Exception):
            def __str__(self): raise ValueError
        raise Odd
    """,
    "has a wrong line": "x = 1\nif x\n    print(x)",
    "has a wrong indent": "if 1:\n\tx = 1\n        y = 2",
    "has a late future": "x = 1\nfrom __future__ import annotations",
    "asserts": "values = [1, 2]\nassert len(values) == 3, f'{len(values)} rows'",
    "imports nothing there": "import no_such_package.inner",
    "warns": "import warnings; warnings.warn('mind the gap'); warnings.warn('old', DeprecationWarning)",
    "warns as an error": "import warnings; warnings.simplefilter('error'); warnings.warn('mind the gap')",
    "raises in a thread": """
        import threading
        t = threading.Thread(target=lambda: 1 / 0, name="worker")
        t.start(); t.join()
        raise SystemExit(6)
    """,
    "leaves a thread": """
        import threading, time
        def late():
            time.sleep(0.2); print("the thread ends")
        threading.Thread(target=late).start()
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        print("the script ends")
    """,
    "runs at exit": """
        import atexit, logging, sys, weakref
        class Thing: pass
        thing = Thing()
        weakref.finalize(thing, print, "finalized")
        atexit.register(print, "first in, last out")
        @atexit.register
        def last(): print("last in", sys.argv, thing)
        print("done")
    """,
    "raises at exit": "import atexit; atexit.register(lambda: 1 / 0); print('done')",
    "has a hook": """
        import sys
        sys.excepthook = lambda kind, error, trace: print("hooked:", kind.__name__, error, trace.tb_lineno)
        raise ValueError("x")
    """,
    "has a hook that raises": """
        import sys
        def hook(*_): raise TypeError("the hook")
        sys.excepthook = hook
        raise ValueError("x")
    """,
    "leaves files open": """
        file = open("text.csv", "w"); file.write("a,b\\n1,2\\n")
        open("cyclic.txt", "w").write("x")
        class Holder: pass
        holder = Holder(); holder.file = open("held.bin", "wb"); holder.me = holder; holder.file.write(b"held")
        del holder
        def writer():
            inner = open("inner.txt", "w"); inner.write("inner")
            raise ValueError("in between")
        writer()
    """,
    "deletes at the end": """
        class Noisy:
            def __del__(self): print("deleted", flush=True)
        noisy = Noisy()
        print("before")
    """,
    "closes stdout": "import sys; print('seen'); sys.stdout.close()",
    "has no stderr": "import sys; sys.stderr = None; 1 / 0",
    "forks": """
        import os
        if os.fork() == 0:
            print("the child"); raise SystemExit(4)
        print(os.waitstatus_to_exitcode(os.wait()[1]))
    """,
    "runs programs": """
        import subprocess, sys
        told = "import os; print(os.listdir('/proc/self/fd'), os.environ['HOME'])"
        print(subprocess.run([sys.executable, "-c", told], capture_output=True, text=True).stdout)
    """,
    "prints by C": "import ctypes; ctypes.CDLL(None).printf(b'by C')",
}
OF_PROCESSES = {
    "pickles its classes": """
        import pickle
        class Point:
            def __init__(self, x): self.x = x
        data = pickle.dumps(Point(3))
        print(data, pickle.loads(data).x, Point.__module__, Point.__qualname__)
    """,
    "forks a pool": """
        import multiprocessing
        def double(x): return 2 * x, __name__
        if __name__ == "__main__":
            with multiprocessing.get_context("fork").Pool(2) as pool:
                print(pool.map(double, range(4)))
    """,
    "spawns a pool": """
        import multiprocessing
        print("imported as", __name__)
        def double(x): return 2 * x, __name__
        if __name__ == "__main__":
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                print(pool.map(double, range(4)))
    """,
    "has a fork server": """
        import multiprocessing
        class Number:
            def __init__(self, x): self.x = x
        def double(n): return Number(2 * n.x)
        if __name__ == "__main__":
            with multiprocessing.get_context("forkserver").Pool(1) as pool:
                print([n.x for n in pool.map(double, map(Number, range(4)))])
    """,
    "has an executor": """
        from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
        def square(x): return x * x
        if __name__ == "__main__":
            with ProcessPoolExecutor(2) as pool:
                print(list(pool.map(square, range(5))))
            with ThreadPoolExecutor(2) as pool:
                print(list(pool.map(square, range(5))))
    """,
    "shares by a manager": """
        import multiprocessing
        def fill(d): d["x"] = 1
        if __name__ == "__main__":
            with multiprocessing.Manager() as manager:
                shared = manager.dict()
                p = multiprocessing.Process(target=fill, args=(shared,))
                p.start(); p.join()
                print(dict(shared), p.exitcode, p.name)
    """,
}


def plain(output: str) -> str:
    """Return an output without the addresses of objects and the names of folders made for one run."""
    return re.sub(r"0x[0-9a-f]{6,}", "0x", re.sub(r"/tui-aide-\w{8}/", "/tui-aide-/", output))


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["none", "namespaces", "landlock"])
async def both(request: pytest.FixtureRequest) -> AsyncIterator[tuple[LocalExecutor, LocalExecutor]]:
    """An executor that starts cold and one that starts warm, in each sandbox that works here."""
    sandbox: Sandbox = NoSandbox()
    if request.param != "none":
        trial = try_out(request.param)
        if trial.sandbox is None:
            pytest.skip(f"no {request.param} here: {trial.why}")
        sandbox = trial.sandbox
    warm = await warm_executor(sandbox)
    yield LocalExecutor(sandbox=sandbox), warm
    await warm.aclose()


@pytest.mark.parametrize("name", [*SEEN, *ENDS, *OF_PROCESSES])
async def test_a_script_is_the_same_cold_and_warm(
    both: tuple[LocalExecutor, LocalExecutor], name: str, tmp_path: Path
) -> None:
    cold, warm = both
    script = {**SEEN, **ENDS, **OF_PROCESSES}[name]
    execution = laid_out(tmp_path, script)
    expected = await cold.run(execution)
    output, files = execution.output.read_text(), left(execution.folder)
    execution = laid_out(tmp_path, script)
    outcome, warm_output = await run_warm(warm, execution)
    assert plain(warm_output) == plain(output)
    assert (outcome.reason, outcome.returncode, outcome.message) == (
        expected.reason,
        expected.returncode,
        expected.message,
    )
    assert left(execution.folder) == files
