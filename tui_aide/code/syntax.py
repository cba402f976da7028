"""Whether a script is Python, by the interpreter's own compiler, and what it says where it is not."""

from __future__ import annotations

import ast
import warnings

_DEFINING = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Assign)
_DOING = (ast.AugAssign, ast.If, ast.For, ast.While, ast.With, ast.Try)


def syntax_error(code: str) -> str | None:
    """Return why the code does not compile, with line and column; None where it does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(code, "solution.py", "exec", dont_inherit=True)
        except SyntaxError as error:
            place = f"line {error.lineno}" if error.lineno else "the script"
            if error.lineno and error.offset and error.offset > 0:
                place += f", column {error.offset}"
            return f"{place}: {error.msg}"
        except (ValueError, OverflowError) as error:
            return f"the script: {error}"
        except (RecursionError, MemoryError):
            return "the script: nested too deeply to compile"
    return None


def looks_like_code(code: str) -> bool:
    """Whether text that compiles is meant as a script; prose and printed results may compile by accident."""
    statements = parsed(code)
    if statements is None:
        return False
    return any(
        isinstance(s, _DEFINING + _DOING) or (isinstance(s, ast.Expr) and isinstance(s.value, ast.Call))
        for s in statements.body
    )


def docstring(code: str) -> str:
    """Return the script's docstring, empty where it has none or is no Python."""
    tree = parsed(code)
    return (ast.get_docstring(tree) or "") if tree else ""


def parsed(code: str) -> ast.Module | None:
    """Return the syntax tree, None where there is none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(code)
        except (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError):
            return None
