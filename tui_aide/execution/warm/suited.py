"""Which scripts need a fresh interpreter: those that touch what a forked process cannot give them. A cheap scan."""

from __future__ import annotations

import re

_READ_AT_LOADING = (
    r"OMP_|GOMP_|KMP_|OPENBLAS_|GOTO_|MKL_|BLIS_|NUMEXPR_|VECLIB_|NPY_|NUMPY_|SCIPY_|SKLEARN_|PANDAS_|PYTORCH_|TORCH_"
    r"|ATEN_|MPLBACKEND|MPLCONFIGDIR|PYTHON(?!HASHSEED|WARNINGS)|LD_|MALLOC_"
)
"""Beginnings of variables that a library, or Python, reads when it is loaded, so that a change would come too late."""

_REASONS = tuple(
    (reason, re.compile(pattern, flags))
    for reason, pattern, flags in (
        ("it replaces its process", r"\bos\s*\.\s*(?:exec[lv]|posix_spawn)|\bpty\s*\.\s*spawn", 0),
        ("it chooses how processes are started", r"\bset_(?:start_method|executable|forkserver_preload)\b", 0),
        ("it asks how its Python was started", r"\bsys\s*\.\s*(?:flags|orig_argv|_xoptions|warnoptions)\b", 0),
        ("it changes which modules are loaded", r"\bsys\s*\.\s*(?:modules|meta_path|path_hooks)\b|\breload\s*\(", 0),
        ("it looks at all objects", r"\bgc\s*\.\s*(?:get_objects|get_referrers|freeze|unfreeze|get_freeze_count)", 0),
        ("it replaces other libraries", r"\b(?:cudf\s*\.\s*pandas|cuml\s*\.\s*accel|sklearnex|fireducks)\b", 0),
        ("it installs packages", r"\bpip\b[\"',\s]+install\b|\bensurepip\b", 0),
        ("its encoding is another", r"\A(?:.*\n)?[ \t\f]*#.*?coding[:=](?![ \t]*utf-?8\b)", re.IGNORECASE),
        ("it holds a NUL", "\0", 0),
    )
)
_VARIABLE = re.compile(rf"[\"'](?:{_READ_AT_LOADING})")
_ENVIRONMENT = re.compile(r"\b(?:environ|environb|putenv|setenv|unsetenv)\b")


def why_cold(code: str) -> str:
    """Return why a script has to be started in a fresh interpreter, in a few words; empty if it need not.

    It errs towards a fresh interpreter, which is always right and only slower: a word in a comment is enough.

    Args:
        code: the script.
    """
    if _VARIABLE.search(code) and _ENVIRONMENT.search(code):
        return "it sets a variable that libraries read when they are loaded"
    return next((reason for reason, pattern in _REASONS if pattern.search(code)), "")
