from __future__ import annotations

import json
from pathlib import Path

import pytest

from tui_aide.errors import UsageError
from tui_aide.models.serving.presets import find_preset, presets
from tui_aide.models.serving.shapes import find_source, shape_of
from tui_aide.models.serving.source import GIB

OWN = """\
[mine]
parameters = 1_000_000_000
layers = 10
attention_heads = 8
kv_heads = 4
head_dim = 64
hidden = 512
vocabulary = 1000
positions = 8192
[mine.checkpoints]
bf16 = "me/mine"
"""
CONFIG = {
    "num_hidden_layers": 28,
    "num_attention_heads": 28,
    "num_key_value_heads": 4,
    "hidden_size": 3584,
    "vocab_size": 152064,
    "max_position_embeddings": 131072,
    "tie_word_embeddings": False,
}


@pytest.mark.parametrize(
    ("name", "gib", "kib"),
    [
        ("deepseek-r1-7b", (14.2, 8.1, 5.3), 56),
        ("deepseek-r1-llama-8b", (15.0, 8.5, 5.4), 128),
        ("deepseek-r1-14b", (27.5, 15.2, 9.4), 192),
        ("deepseek-r1-32b", (61.0, 32.0, 18.3), 256),
    ],
)
def test_weights_and_kv_follow_from_the_shape(name: str, gib: tuple[float, ...], kib: int) -> None:
    preset = find_preset(name)
    assert preset.shape is not None
    assert [round((c.weights or 0) / GIB, 1) for c in preset.checkpoints] == list(gib)
    assert preset.shape.kv_bytes() == kib * 1024
    assert preset.shape.kv_bytes(eight_bit=True, cards=2) == kib * 256


def test_every_preset_has_a_16_bit_checkpoint_first_and_less_with_each_after_it(tmp_path: Path) -> None:
    for name, preset in presets(tmp_path / "none.toml").items():
        sizes = [c.weights or 0 for c in preset.checkpoints]
        assert preset.checkpoints[0].quantisation == "bf16", name
        assert sizes == sorted(sizes, reverse=True), name


def test_an_unknown_name_gets_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Did you mean 'deepseek-r1-7b'"):
        find_preset("deepsek-r1-7b", tmp_path / "none.toml")


def test_own_presets_are_added(tmp_path: Path) -> None:
    (tmp_path / "models.toml").write_text(OWN)
    mine = find_preset("mine", tmp_path / "models.toml")
    assert (mine.served_name, mine.reasoning_parser) == ("mine", None)
    assert [(c.name, c.quantisation, c.made_while_loading) for c in mine.checkpoints] == [
        ("me/mine", "bf16", False),
        ("me/mine", "fp8", True),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (OWN.replace("kv_heads", "kv_head"), r"\[mine\]: unknown key 'kv_head'. Did you mean 'kv_heads'"),
        (OWN.replace("layers = 10\n", ""), r"\[mine\].*layers"),
        (OWN.replace("layers = 10", "layers = 'ten'"), r"\[mine\].*layers"),
        (OWN.replace("layers = 10", "layers = 0"), r"'layers' must be above 0"),
        (OWN.replace("bf16", "bf61"), r"\[mine\]"),
        ("a = 1\n", "key 'a' stands outside a table"),
        ("[mine\n", "no TOML"),
    ],
)
def test_a_bad_file_of_own_presets_names_file_and_key(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "models.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=words) as caught:
        presets(path)
    assert str(path) in str(caught.value)


def write_model(folder: Path, template: str = "", **keys: object) -> Path:
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(CONFIG | keys))
    (folder / "tokenizer_config.json").write_text(json.dumps({"chat_template": template}))
    for i in range(2):
        with (folder / f"model-{i}.safetensors").open("wb") as file:
            file.truncate(15_231_233_024 // 2)  # a hole: it takes no disk
    return folder


def test_the_shape_of_a_folder(tmp_path: Path) -> None:
    source = find_source(str(write_model(tmp_path / "my-r1", "{{ '<think>\\n' }}")))
    assert source.served_name == "my-r1"
    assert source.reasoning_parser == "deepseek_r1"
    assert source.shape is not None
    assert source.shape.parameters == 7_615_616_512
    assert source.shape.kv_bytes() == 56 * 1024
    assert [(c.quantisation, c.made_while_loading) for c in source.checkpoints] == [("bf16", False), ("fp8", True)]
    assert source.checkpoints[0].weights == 15_231_233_024


@pytest.mark.parametrize(
    ("quantisation", "found"),
    [
        ({"quant_method": "awq", "bits": 4}, "4bit"),
        ({"quant_method": "compressed-tensors", "config_groups": {"g": {"weights": {"num_bits": 4}}}}, "4bit"),
        ({"quant_method": "compressed-tensors", "config_groups": {"g": {"weights": {"num_bits": 8}}}}, "fp8"),
        ({"quant_method": "fp8"}, "fp8"),
    ],
)
def test_a_quantised_folder_is_taken_as_it_is(tmp_path: Path, quantisation: object, found: str) -> None:
    source = find_source(str(write_model(tmp_path / "m", quantization_config=quantisation)))
    assert [c.quantisation for c in source.checkpoints] == [found]


@pytest.mark.parametrize(
    ("template", "parser"), [("{% if enable_thinking %}<think>", "qwen3"), ("<think>", "deepseek_r1"), ("hello", None)]
)
def test_the_reasoning_parser_follows_from_the_chat_template(tmp_path: Path, template: str, parser: str | None) -> None:
    assert find_source(str(write_model(tmp_path / "m", template))).reasoning_parser == parser


def test_a_hub_model_is_found_in_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    repository = tmp_path / "hub" / "models--me--model"
    write_model(repository / "snapshots" / "abc")
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("abc")
    source = find_source("me/model")
    assert (source.served_name, source.checkpoints[0].name) == ("me/model", "me/model")
    assert source.shape is not None
    unseen = find_source("deepseek-ai/DeepSeek-R1-Distill-Qwen-7B")
    assert (unseen.shape, unseen.reasoning_parser) == (None, "deepseek_r1")


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no config\.json"):
        find_source(str(tmp_path))
    with pytest.raises(UsageError, match="no such folder"):
        find_source(str(tmp_path / "nowhere" / "at" / "all"))


@pytest.mark.parametrize("config", [{}, CONFIG | {"kv_lora_rank": 512}, CONFIG | {"hidden_size": None}])
def test_a_config_that_tells_too_little_gives_no_shape(config: dict[str, object]) -> None:
    assert shape_of(config) is None


def test_the_text_part_of_a_model_with_eyes_is_read() -> None:
    shape = shape_of({"model_type": "vl", "text_config": CONFIG})
    assert shape is not None
    assert shape.layers == 28
