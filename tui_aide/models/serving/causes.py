"""Causes of a server's failure that are known by vLLM's words for them, each with the remedy."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable

import msgspec

from tui_aide.installing import install_command
from tui_aide.models.serving.orphans import Orphan, describe


class Circumstances(msgspec.Struct, frozen=True, kw_only=True):
    """What a remedy may name beside the log.

    Attributes:
        model: the checkpoint.
        port: where the server was to listen.
        smaller: what takes less memory, in words.
        port_holder: who listens on the port, in words; empty where nobody does.
        orphans: engine processes of dead servers on this machine.
        python: the interpreter that runs the server, empty for ours.
    """

    model: str
    port: int
    smaller: str = "a smaller model"
    port_holder: str = ""
    orphans: tuple[Orphan, ...] = ()
    python: str = ""


Explain = Callable[[re.Match[str], Circumstances], str]


def _free_memory(match: re.Match[str], now: Circumstances) -> str:
    free, total = float(match["free"]), float(match["total"])
    word = f"only {free:.1f} of the GPU's {total:.1f} GiB are free, and the server was to take {match['wanted']} GiB"
    if now.orphans:
        return (
            f"{word}: {describe(now.orphans)} of a killed server may hold the rest; "
            "end them with  tui-aide serve --kill-orphans"
        )
    fraction = max(0.05, free / total - 0.02)
    return f"{word}; end what holds the rest (see nvidia-smi), or use --memory-fraction {fraction:.2f}"


def _no_cache(_match: re.Match[str], now: Circumstances) -> str:
    return f"the weights of {now.model} leave no memory for the KV cache; use {now.smaller}, or more --memory-fraction"


def _short_cache(match: re.Match[str], now: Circumstances) -> str:
    estimate = re.search(r"estimated maximum model length is (\d+)", match.string[match.end() : match.end() + 500])
    word = f"a context of {int(match['context']):,} tokens takes more KV cache than there is room for"
    if estimate is None:
        return f"{word}; use a smaller --context, or {now.smaller}"
    return f"{word}; use --context {estimate[1]}, or {now.smaller}"


def _out_of_memory(_match: re.Match[str], now: Circumstances) -> str:
    word = f"the GPU has too little memory for {now.model}"
    if now.orphans:
        return f"{word}, of which {describe(now.orphans)} may hold some: tui-aide serve --kill-orphans ends them"
    return f"{word}; use {now.smaller}, or less --context"


def _port(_match: re.Match[str], now: Circumstances) -> str:
    by = f" by {now.port_holder}" if now.port_holder else ""
    return f"port {now.port} is in use{by}; end that, or give another --port"


def _too_long(match: re.Match[str], now: Circumstances) -> str:
    most = re.search(r"(?:max_position_embeddings|model_max_length)=(\d+)", match.string[match.end() :])
    return f"{now.model} was made for less than {match['context']} tokens" + (
        f"; use --context {most[1]}" if most else "; use a smaller --context"
    )


def _unknown_parser(match: re.Match[str], _now: Circumstances) -> str:
    known = re.search(r"Available parsers: ([^\"'\n]+)", match.string[match.end() :])
    names = textwrap.shorten(known[1], 200, placeholder=" ...") if known else ""
    return f"vLLM has no reasoning parser {match['name']!r}{f'; it has {names}' if names else ''}"


def _flag(match: re.Match[str], now: Circumstances) -> str:
    return (
        f"this vLLM does not take {match['what'].strip()!r}: leave it out, or install another version "
        f"({install_command('vllm', now.python)} -U)"
    )


def _package(match: re.Match[str], now: Circumstances) -> str:
    if match["name"].split(".")[0] == "vllm":
        install = install_command("vllm", now.python)
        return f"vLLM is not installed for that Python: {install}, or name another with --vllm-python"
    return f"the Python package {match['name']!r} is missing where vLLM runs: pip install {match['name'].split('.')[0]}"


def _says(template: str) -> Explain:
    """Return an explanation that is the same every time, but for the model's name in place of `{model}`."""
    return lambda _match, now: template.replace("{model}", now.model).replace("{smaller}", now.smaller)


CAUSES: tuple[tuple[re.Pattern[str], Explain], ...] = tuple(
    (re.compile(pattern), explain)
    for pattern, explain in (
        (
            r"Free memory on device \S+ \((?P<free>[\d.]+)/(?P<total>[\d.]+) GiB\) on startup is less than desired GPU "
            r"memory utilization \([\d.]+, (?P<wanted>[\d.]+) GiB\)",
            _free_memory,
        ),
        (r"No available memory for the cache blocks", _no_cache),
        (r"To serve at least one request with the models?'s max seq len \((?P<context>\d+)\)", _short_cache),
        (r"torch\.(?:cuda\.)?OutOfMemoryError|CUDA out of memory|CUDA error: out of memory", _out_of_memory),
        (r"\[Errno 98\]|[Aa]ddress already in use(?!\. Retrying)", _port),
        (
            r"NVIDIA driver on your system is too old|CUDA driver version is insufficient|"
            r"forward compatibility was attempted on non supported HW|no kernel image is available",
            _says("the NVIDIA driver is too old for this vLLM: update the driver, or install an older vLLM"),
        ),
        (
            r"could not select device driver|[Uu]nknown or invalid runtime name",
            _says("Docker cannot give a GPU to a container: install NVIDIA's container toolkit"),
        ),
        (
            r"Cannot connect to the Docker daemon|docker daemon running\?",
            _says("Docker does not run, or you may not use it: start it, or leave out --docker"),
        ),
        (
            r"Found no NVIDIA driver|Failed to infer device type|No CUDA GPUs are available|libcuda\.so",
            _says(
                "vLLM finds no GPU: the driver is missing or does not work (does nvidia-smi?), or this vLLM was built "
                "for another device"
            ),
        ),
        (
            r"GatedRepoError|gated repo|403 Client Error|Access to model \S+ is restricted",
            _says(
                "{model} is gated: ask for access on its page at huggingface.co, then set HF_TOKEN to a token of yours"
            ),
        ),
        (
            r"LocalEntryNotFoundError|Cannot find an appropriate cached snapshot|OfflineModeIsEnabled|"
            r"(?:HF_HUB|TRANSFORMERS)_OFFLINE",
            _says(
                "{model} is not on this machine, and the Hugging Face hub is out of reach or switched off "
                "(HF_HUB_OFFLINE): download it, or give the folder of a model"
            ),
        ),
        (
            r"RepositoryNotFoundError|401 Client Error|404 Client Error|is not a valid model identifier|"
            r"Invalid repository ID",
            _says("there is no {model} on the Hugging Face hub, or it is private: check the name, or set HF_TOKEN"),
        ),
        (r"No space left on device|\[Errno 28\]", _says("the disk is full: make room, or set HF_HOME to another disk")),
        (
            r"User-specified max_model_len \((?P<context>\d+)\) is greater than the derived",
            _too_long,
        ),
        (r"Reasoning parser '(?P<name>[^']*)' not found", _unknown_parser),
        (r"error: (?:unrecognized arguments: |ambiguous option: )(?P<what>[^\n]+)", _flag),
        (r"error: argument (?P<what>--[\w-]+[^\n:]*: [^\n]+)", _flag),
        (
            r"Sleep mode is not supported",
            _says("this vLLM cannot sleep on this device: use --gpu separate or --gpu share"),
        ),
        (
            r"attention heads \((?P<heads>\d+)\) must be divisible by tensor parallel size",
            lambda m, _now: f"--tensor-parallel must divide the model's {m['heads']} attention heads",
        ),
        (
            r"World size \((?P<size>\d+)\) is larger than the number of available GPUs \((?P<cards>\d+)\)",
            lambda m, _now: (
                f"{m['size']} GPUs were asked for, and there are {m['cards']}: use --tensor-parallel {m['cards']}"
            ),
        ),
        (
            r"quantization method (?P<name>\S+) is not supported for the current GPU",
            lambda m, _now: f"this GPU cannot calculate in {m['name']}: use another --quantisation",
        ),
        (
            r"Model architectures (?P<name>\[[^\]]*\]) are not supported",
            lambda m, _now: f"this vLLM does not know the architecture {m['name']}: install a newer one",
        ),
        (
            r"trust_remote_code=True",
            _says("{model} brings code of its own, which is run only if you trust it: add  -- --trust-remote-code"),
        ),
        (
            r"operator torchvision::nms does not exist",
            _says("torchvision does not fit this torch: pip uninstall torchvision torchaudio torchcodec"),
        ),
        (
            r"PackageNotFoundError: No package metadata was found for vllm",
            _says("the `vllm` program does not find its own package: name the Python that has it with --vllm-python"),
        ),
        (
            r"does not appear to have a file named config\.json|Invalid repository ID or local directory",
            _says("{model} is no folder of a model: it has no config.json"),
        ),
        (r"ModuleNotFoundError: No module named '(?P<name>[^']+)'", _package),
    )
)
"""What the log says, and what that means; the groups of a pattern are its figures and names."""
