"""A server that behaves as vLLM does, and as its kin do, with every fault at hand; no model behind it."""

from tests.vllm_double.options import Options
from tests.vllm_double.server import Double

__all__ = ["Double", "Options"]
