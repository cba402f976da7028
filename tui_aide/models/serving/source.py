"""A model that can be served: its shape, and the checkpoints that there are of it, with what they take."""

from __future__ import annotations

from typing import Literal

import msgspec

Quantisation = Literal["bf16", "fp8", "4bit"]
QUANTISATIONS: tuple[Quantisation, ...] = ("bf16", "fp8", "4bit")
"""From the best answers to the least memory."""

GIB = 2**30
_BYTES: dict[Quantisation, float] = {"bf16": 2.0, "fp8": 1.0, "4bit": 0.53}
"""Bytes a weight of the linear layers; 4-bit weights with the scales of groups of 128."""


class ModelShape(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of a decoder that its memory follows from.

    Attributes:
        parameters: all weights, with both embeddings where they are not tied.
        layers: those with attention; `kv_heads` heads of `head_dim` numbers for keys, and as many for values, in each.
        attention_heads: heads for queries; tensor parallelism must divide them.
        hidden: width of the residual stream.
        vocabulary: rows of the embedding.
        positions: the longest context that it was made for, in tokens.
        tied: whether input and output share one embedding.
    """

    parameters: int
    layers: int
    attention_heads: int
    kv_heads: int
    head_dim: int
    hidden: int
    vocabulary: int
    positions: int
    tied: bool = False

    def weight_bytes(self, quantisation: Quantisation) -> int:
        """Return what the weights take: linear layers in that precision, embeddings always in 16 bits."""
        embeddings = self.vocabulary * self.hidden * (1 if self.tied else 2)
        return round((self.parameters - embeddings) * _BYTES[quantisation] + 2 * embeddings)

    def kv_bytes(self, *, eight_bit: bool = False, cards: int = 1) -> int:
        """Return what one token of context takes on each of `cards` cards, in the KV cache."""
        heads = max(1, -(-self.kv_heads // cards))
        return 2 * self.layers * heads * self.head_dim * (1 if eight_bit else 2)


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """One form of a model's weights.

    Attributes:
        name: name on the Hugging Face hub, or a folder.
        quantisation: precision of its linear layers as served.
        weights: bytes; None where that is not known.
        made_while_loading: the files hold 16 bits, and the server quantises them as it loads.
    """

    name: str
    quantisation: Quantisation
    weights: int | None = None
    made_while_loading: bool = False


class ModelSource(msgspec.Struct, frozen=True, kw_only=True):
    """What a user's word for a model means.

    Attributes:
        served_name: what the server calls it, and requests must.
        about: what it is, in words.
        reasoning_parser: vLLM's parser of its thinking; None where it does not think.
        shape: None where nothing of it is on this machine yet.
        checkpoints: best first.
    """

    served_name: str
    about: str
    reasoning_parser: str | None
    shape: ModelShape | None
    checkpoints: tuple[Checkpoint, ...]


def gib(size: float) -> str:
    """Return bytes as `14.2 GiB`."""
    return f"{size / GIB:.1f} GiB"
