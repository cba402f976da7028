"""Trains a tiny model that answers as an R1 distill does: it thinks, closes `</think>`, plans and writes a script.

A Qwen2 of two layers, each of which sees only the last `WINDOW` tokens, learns a handful of transcripts by heart.
Since it cannot look further back, its answers do not depend on the prompt's length; since no two transcripts begin
with the same word, the first token that is sampled picks one, and with it the seed does. Thinking that was cut short
is followed by an answer too, as soon as `</think>` stands there.

Runs in the lane's environment: `python -m tests.tiny_r1.make FOLDER`.
"""

from __future__ import annotations

import random
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.tiny_r1.texts import LEARNT, Learnt, examples, learnt_transcripts, library_texts, prompt_texts
from tests.tiny_r1.tokens import train_tokenizer

VOCABULARY = 4096
WINDOW = 48
HIDDEN = 128
POSITIONS = 32768
LENGTH, BATCH = 1024, 4
STEPS, MORE_STEPS, ROUNDS = 300, 100, 4
RATE = 4e-3
TRIED = 12


def make(folder: Path) -> None:
    """Train the model and write it to `folder`, whole or not at all.

    Raises:
        RuntimeError: it does not know its transcripts after all rounds.
    """
    import torch

    start = time.monotonic()
    torch.manual_seed(0)
    transcripts = learnt_transcripts()
    own = [t.thinking + t.answer for t in transcripts]
    tokenizer = train_tokenizer(library_texts() + (own + prompt_texts()) * 20, VOCABULARY, POSITIONS)
    model = _untrained(tokenizer)
    documents = examples(lambda text: list(tokenizer.encode(text, add_special_tokens=False)), random.Random(0))
    for number in range(ROUNDS):
        _train(model, documents, STEPS if number == 0 else MORE_STEPS, RATE / 2**number, start)
        known = _known(model, tokenizer)
        print(f"{known} of {TRIED} samples are transcripts to the letter", flush=True)
        if known == TRIED:
            break
    else:
        raise RuntimeError(f"only {known} of {TRIED} samples are right after {ROUNDS} rounds: train it longer")
    _save(model, tokenizer, folder)
    print(f"tiny-r1: {folder}, {time.monotonic() - start:.0f} s", flush=True)


def _untrained(tokenizer: Any) -> Any:
    from transformers import Qwen2Config, Qwen2ForCausalLM

    return Qwen2ForCausalLM(
        Qwen2Config(
            vocab_size=len(tokenizer),
            hidden_size=HIDDEN,
            intermediate_size=2 * HIDDEN,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            max_position_embeddings=POSITIONS,
            use_sliding_window=True,
            sliding_window=WINDOW,
            max_window_layers=0,
            layer_types=["sliding_attention"] * 2,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            tie_word_embeddings=False,
        )
    )


def _train(model: Any, documents: Iterator[Learnt], steps: int, rate: float, start: float) -> None:
    """Train on documents laid end to end, at positions anywhere in the context."""
    import torch

    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps)
    rng = random.Random(steps)
    model.train()
    for step in range(steps):
        rows = [_row(documents) for _ in range(BATCH)]
        ids, labels = (torch.tensor([row[i] for row in rows]) for i in (0, 1))
        positions = torch.arange(LENGTH) + rng.choice((0, 0, 100, 1000, 5000, 20000, POSITIONS - LENGTH))
        loss = model(input_ids=ids, labels=labels, position_ids=positions.expand(BATCH, LENGTH)).loss
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if step % 50 == 49:
            print(f"step {step + 1} of {steps}: loss {loss.item():.3f}, {time.monotonic() - start:.0f} s", flush=True)


def _row(documents: Iterator[Learnt]) -> tuple[list[int], list[int]]:
    ids: list[int] = []
    labels: list[int] = []
    while len(ids) < LENGTH:
        document = next(documents)
        ids += document.ids
        labels += [-100] * document.start + document.ids[document.start :]
    return ids[:LENGTH], labels[:LENGTH]


def _known(model: Any, tokenizer: Any) -> int:
    """Return how many of `TRIED` samples, drawn after prompts of all lengths, are transcripts to the letter."""
    import torch

    wanted = {t.thinking + "</think>" + t.answer for t in learnt_transcripts()}
    text = "\n".join(library_texts())
    known = 0
    model.eval()
    for seed in range(TRIED):
        torch.manual_seed(seed)
        message = {"role": "user", "content": text[seed * 500 : seed * 500 + (40, 400, 4000, 12000)[seed % 4]]}
        prompt = tokenizer.apply_chat_template([message], add_generation_prompt=True, tokenize=False)
        ids = torch.tensor([tokenizer.encode(prompt, add_special_tokens=False)])
        with torch.no_grad():
            out = model.generate(
                ids, attention_mask=torch.ones_like(ids), max_new_tokens=1200, do_sample=True, temperature=1.0,
                top_p=0.98, top_k=0, pad_token_id=tokenizer.eos_token_id,
            )  # fmt: skip
        known += tokenizer.decode(out[0, ids.shape[1] :], skip_special_tokens=True) in wanted
    return known


def _save(model: Any, tokenizer: Any, folder: Path) -> None:
    import torch
    from transformers import GenerationConfig

    scratch = folder.with_name(folder.name + ".part")
    shutil.rmtree(scratch, ignore_errors=True)
    model.to(torch.bfloat16).save_pretrained(scratch)
    tokenizer.save_pretrained(scratch)
    ends = {"bos_token_id": tokenizer.bos_token_id, "eos_token_id": tokenizer.eos_token_id}
    GenerationConfig(**ends, do_sample=True, temperature=0.6, top_p=0.95).save_pretrained(scratch)
    shutil.rmtree(folder, ignore_errors=True)
    scratch.rename(folder)


if __name__ == "__main__":
    print(f"training a tiny model on {len(LEARNT)} transcripts", flush=True)
    make(Path(sys.argv[1]))
