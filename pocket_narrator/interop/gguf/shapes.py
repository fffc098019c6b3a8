"""The architectures of llama.cpp that hold our stacks, against the classes of Hugging Face's that they were made from.

Each is a table of tensor names, a table of keys, and a few tensors that lie otherwise: llama.cpp turns pairs of neighbours
where Llama's class turns halves of a head, and it stores Mamba's rates as they are instead of their logarithms.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torch import Tensor

from pocket_narrator.interop.foreign import Config, refuse, whole_number

Change = Callable[[Tensor, Config], Tensor]
PARTS = ("weight", "bias")


@dataclass(frozen=True)
class Architecture:
    """One of llama.cpp's, and the class that it stands for."""

    name: str
    layer_prefix: str
    """Of the names in Hugging Face's class."""
    outer: Mapping[str, str]
    """Their names to GGUF's, outside of the layers."""
    layer: Mapping[str, str]
    """The same inside of a layer."""
    keys: Mapping[str, str]
    """Of the config to those of GGUF, whole numbers; GGUF's begin with the architecture's name and a dot."""
    epsilon: tuple[str, str]
    """The same for the norms' epsilon."""
    changes: Mapping[str, tuple[Change, Change]]
    """By the end of GGUF's name: what a tensor goes through on the way out, and on the way in."""

    def gguf_name(self, theirs: str) -> str:
        """Of a tensor of Hugging Face's class."""
        if not theirs.startswith(self.layer_prefix):
            return self.outer[theirs]
        index, _, rest = theirs.removeprefix(self.layer_prefix).partition(".")
        return f"blk.{index}.{self.layer[rest]}"

    def their_name(self, name: str) -> str:
        """Of a tensor of a GGUF file. InteropError where a model of this architecture has none of that name."""
        back = {value: key for key, value in self.outer.items()}
        if name in back:
            return back[name]
        block, _, rest = name.removeprefix("blk.").partition(".")
        inside = {value: key for key, value in self.layer.items()}
        if not name.startswith("blk.") or not block.isdecimal() or rest not in inside:
            refuse(f"the GGUF file has a tensor '{name[:60]}', which our {self.name} has not")
        return f"{self.layer_prefix}{int(block)}.{inside[rest]}"

    def change(self, name: str, tensor: Tensor, config: Config, *, back: bool) -> Tensor:
        for ending, ways in self.changes.items():
            if name.endswith(ending):
                return ways[back](tensor, config)
        return tensor


def _transposed(tensor: Tensor, _: Config) -> Tensor:
    return tensor.t().contiguous()


def _neighbours(heads_key: str) -> tuple[Change, Change]:
    """Rows (half, place) of each head to (place, half), and back: which rows the rotation turns together."""

    def out(rows: Tensor, config: Config) -> Tensor:
        heads = whole_number(config, heads_key, whole_number(config, "num_attention_heads"))
        return rows.unflatten(0, (heads, 2, -1)).transpose(1, 2).flatten(0, 2).contiguous()

    def back(rows: Tensor, config: Config) -> Tensor:
        heads = whole_number(config, heads_key, whole_number(config, "num_attention_heads"))
        if len(rows) % (2 * heads):
            refuse(f"the GGUF file has a matrix of {len(rows)} rows for {heads} heads")
        return rows.unflatten(0, (heads, -1, 2)).transpose(1, 2).flatten(0, 2).contiguous()

    return out, back


RATES = (lambda logs, _: -logs.exp(), lambda rates, _: (-rates).log())
COLUMN_OF_RATES = (lambda logs, _: -logs.exp()[:, None], lambda rates, _: (-rates).log().flatten())
CONVOLUTION = (lambda x, _: x.squeeze(1), lambda x, _: x.unsqueeze(1))
COLUMN = (lambda x, _: x[:, None], lambda x, _: x.flatten())
GROUPS = (lambda x, config: x.reshape(whole_number(config, "n_groups"), -1), lambda x, _: x.flatten())


def _pairs(names: Mapping[str, str], parts: tuple[str, ...] = PARTS) -> dict[str, str]:
    return {f"{theirs}.{part}": f"{gguf}.{part}" for theirs, gguf in names.items() for part in parts}


LLAMA = Architecture(
    name="llama",
    layer_prefix="model.layers.",
    outer={
        "model.embed_tokens.weight": "token_embd.weight",
        "model.norm.weight": "output_norm.weight",
        "lm_head.weight": "output.weight",
    },
    layer=_pairs(
        {
            "self_attn.q_proj": "attn_q",
            "self_attn.k_proj": "attn_k",
            "self_attn.v_proj": "attn_v",
            "self_attn.o_proj": "attn_output",
            "mlp.gate_proj": "ffn_gate",
            "mlp.up_proj": "ffn_up",
            "mlp.down_proj": "ffn_down",
        }
    )
    | {"input_layernorm.weight": "attn_norm.weight", "post_attention_layernorm.weight": "ffn_norm.weight"},
    keys={
        "max_position_embeddings": "context_length",
        "hidden_size": "embedding_length",
        "num_hidden_layers": "block_count",
        "intermediate_size": "feed_forward_length",
        "num_attention_heads": "attention.head_count",
        "num_key_value_heads": "attention.head_count_kv",
        "head_dim": "rope.dimension_count",
    },
    epsilon=("rms_norm_eps", "attention.layer_norm_rms_epsilon"),
    changes={
        f"{name}.{part}": _neighbours(heads)
        for name, heads in (("attn_q", "num_attention_heads"), ("attn_k", "num_key_value_heads"))
        for part in PARTS
    },
)
GPT2 = Architecture(
    name="gpt2",
    layer_prefix="transformer.h.",
    outer={
        "transformer.wte.weight": "token_embd.weight",
        "transformer.wpe.weight": "position_embd.weight",
        "transformer.ln_f.weight": "output_norm.weight",
        "transformer.ln_f.bias": "output_norm.bias",
        "lm_head.weight": "output.weight",
    },
    layer=_pairs(
        {
            "ln_1": "attn_norm",
            "attn.c_attn": "attn_qkv",
            "attn.c_proj": "attn_output",
            "ln_2": "ffn_norm",
            "mlp.c_fc": "ffn_up",
            "mlp.c_proj": "ffn_down",
        }
    ),
    keys={
        "n_positions": "context_length",
        "n_embd": "embedding_length",
        "n_layer": "block_count",
        "n_inner": "feed_forward_length",
        "n_head": "attention.head_count",
    },
    epsilon=("layer_norm_epsilon", "attention.layer_norm_epsilon"),
    changes={
        f"{name}.weight": (_transposed, _transposed) for name in ("attn_qkv", "attn_output", "ffn_up", "ffn_down")
    },
)
_MAMBA_OUTER = {
    "backbone.embeddings.weight": "token_embd.weight",
    "backbone.norm_f.weight": "output_norm.weight",
    "lm_head.weight": "output.weight",
}
_MAMBA_LAYER = {
    "norm.weight": "attn_norm.weight",
    "mixer.in_proj.weight": "ssm_in.weight",
    "mixer.conv1d.weight": "ssm_conv1d.weight",
    "mixer.conv1d.bias": "ssm_conv1d.bias",
    "mixer.A_log": "ssm_a",
    "mixer.D": "ssm_d",
    "mixer.out_proj.weight": "ssm_out.weight",
}
_MAMBA_KEYS = {
    "max_position_embeddings": "context_length",
    "hidden_size": "embedding_length",
    "num_hidden_layers": "block_count",
    "conv_kernel": "ssm.conv_kernel",
    "intermediate_size": "ssm.inner_size",
    "state_size": "ssm.state_size",
}
MAMBA = Architecture(
    name="mamba",
    layer_prefix="backbone.layers.",
    outer=_MAMBA_OUTER,
    layer=_MAMBA_LAYER
    | {
        "mixer.x_proj.weight": "ssm_x.weight",
        "mixer.dt_proj.weight": "ssm_dt.weight",
        "mixer.dt_proj.bias": "ssm_dt.bias",
    },
    keys=_MAMBA_KEYS | {"time_step_rank": "ssm.time_step_rank"},
    epsilon=("layer_norm_epsilon", "attention.layer_norm_rms_epsilon"),
    changes={"ssm_conv1d.weight": CONVOLUTION, "ssm_a": RATES},
)
MAMBA2 = Architecture(
    name="mamba2",
    layer_prefix="backbone.layers.",
    outer=_MAMBA_OUTER,
    layer=_MAMBA_LAYER | {"mixer.dt_bias": "ssm_dt.bias", "mixer.norm.weight": "ssm_norm.weight"},
    keys=_MAMBA_KEYS | {"num_heads": "ssm.time_step_rank", "n_groups": "ssm.group_count"},
    epsilon=("layer_norm_epsilon", "attention.layer_norm_rms_epsilon"),
    changes={"ssm_conv1d.weight": CONVOLUTION, "ssm_a": COLUMN_OF_RATES, "ssm_d": COLUMN, "ssm_norm.weight": GROUPS},
)
ARCHITECTURES = {one.name: one for one in (LLAMA, GPT2, MAMBA, MAMBA2)}
