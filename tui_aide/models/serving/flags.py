"""Flags for vLLM that every plan has."""

from __future__ import annotations

from tui_aide.models.serving.installation import Installation
from tui_aide.models.serving.source import ModelSource

_GRAMMAR = '{"backend":"xgrammar","disable_any_whitespace":true}'
"""Without this a model may write white space up to its limit where JSON is asked for."""

_WITH_REQUEST_METRICS = (0, 32)


def common_flags(source: ModelSource, context: int, installation: Installation | None) -> list[str]:
    """Return the flags that do not depend on where the model runs.

    Args:
        source: the model.
        context: tokens of prompt and answer together; always given, as models are made for more than fits.
        installation: the vLLM that will be used; None for one that is not known, which gets no newer flags.
    """
    flags = ["--served-model-name", source.served_name]
    if source.reasoning_parser:
        flags += ["--reasoning-parser", source.reasoning_parser]
    flags += ["--max-model-len", str(context), "--enable-prompt-tokens-details"]
    if installation is not None and installation.at_least(*_WITH_REQUEST_METRICS):
        flags.append("--enable-per-request-metrics")
    return [*flags, "--structured-outputs-config", _GRAMMAR, "--disable-uvicorn-access-log"]
