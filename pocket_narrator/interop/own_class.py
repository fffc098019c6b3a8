"""The class under which transformers opens the stacks that none of its own classes holds.

It is registered with `AutoConfig` and `AutoModelForCausalLM` when `register` is called; an exported folder has a file
besides that imports it, so that `from_pretrained(folder, trust_remote_code=True)` finds it wherever this package is installed.
"""

from typing import Any

CONFIG_KEY, KIND, MODEL_TYPE = "stack", "PocketNarratorForCausalLM", "pocket_narrator"
FILE = "modeling_pocket_narrator"  # of the exported folder
PREFIX = "stack."  # of the weights' names
CODE = '''"""Opens this model with transformers: pip install pocket-narrator."""

from pocket_narrator.interop.own_class import define

PocketNarratorConfig, PocketNarratorForCausalLM = define()
'''

_defined: tuple[Any, Any] | None = None


def register() -> None:
    """Lets `AutoModelForCausalLM.from_pretrained` open such a folder without `trust_remote_code`. Needs transformers."""
    from transformers import AutoConfig, AutoModelForCausalLM

    config_class, model_class = define()
    AutoConfig.register(MODEL_TYPE, config_class, exist_ok=True)
    AutoModelForCausalLM.register(config_class, model_class, exist_ok=True)


def define() -> tuple[Any, Any]:
    """The config's class and the model's; made when first asked for, since transformers is an extra."""
    global _defined
    if _defined is None:
        _defined = _define()
    return _defined


def _define() -> tuple[Any, Any]:
    import torch
    from torch import Tensor, nn
    from transformers import GenerationMixin, PreTrainedConfig, PreTrainedModel
    from transformers.modeling_outputs import CausalLMOutput

    from pocket_narrator.config import Model
    from pocket_narrator.models.stack import DecoderStack

    class PocketNarratorConfig(PreTrainedConfig):
        """`stack` is the recipe's model section."""

        model_type = MODEL_TYPE

        def __init__(self, vocab_size: int = 257, stack: dict | None = None, **kwargs: Any) -> None:
            self.vocab_size = vocab_size
            self.stack = stack or {}
            super().__init__(**kwargs)

    class PocketNarratorForCausalLM(PreTrainedModel, GenerationMixin):
        """A decoder stack. It has no cache here: each token reads the whole window again."""

        config_class = PocketNarratorConfig
        base_model_prefix = ""
        _supports_cache_class = False

        def __init__(self, config: Any) -> None:
            super().__init__(config)
            with torch.device("cpu"):  # transformers makes models without memory, and tables would be lost
                self.stack = DecoderStack(Model.model_validate(config.stack), config.vocab_size)
            self._tables = {  # of each module: what is computed once and not stored
                module: {name: module.get_buffer(name).clone() for name in module._non_persistent_buffers_set}
                for module in self.stack.modules()
                if module._non_persistent_buffers_set
            }
            self.post_init()

        def _init_weights(self, module: nn.Module) -> None:
            """Weights are always loaded; only tables are made again."""
            for name, table in self._tables.get(module, {}).items():
                module.get_buffer(name).copy_(table)

        def get_input_embeddings(self) -> nn.Module:
            return self.stack.embedding

        def get_output_embeddings(self) -> nn.Module | None:
            return self.stack.head

        def prepare_inputs_for_generation(self, input_ids: Tensor, **kwargs: Any) -> dict[str, Any]:
            return {"input_ids": input_ids}

        def forward(
            self, input_ids: Tensor, labels: Tensor | None = None, attention_mask: Tensor | None = None, **kwargs: Any
        ) -> CausalLMOutput:
            """Logits [B, T, V]. With `labels` (the inputs, shifted here; -100 is left out) the mean loss too. Rows must
            not be padded: the stack takes no attention mask. Of inputs longer than the context only the last are read."""
            if attention_mask is not None and not bool(attention_mask.all()):
                raise ValueError("rows of one length only: this model takes no attention mask")
            seen = input_ids[:, -self.stack.context :]
            logits = nn.functional.linear(self.stack(seen), self.stack.head_weight)
            loss = None
            if labels is not None:
                targets = labels[:, -self.stack.context :][:, 1:].flatten()
                loss = nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1).float(), targets, ignore_index=-100)
            return CausalLMOutput(loss=loss, logits=logits)

    PocketNarratorForCausalLM.__name__ = PocketNarratorForCausalLM.__qualname__ = KIND
    return PocketNarratorConfig, PocketNarratorForCausalLM
