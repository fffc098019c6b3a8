"""The address of our own class: registered from here, and asked for here by folders that were exported by earlier versions."""

from transformers import AutoConfig, AutoModelForCausalLM

from pocket_narrator.interop.hugging_face.classes import MODEL_TYPE
from pocket_narrator.interop.modeling_pocket_narrator import PocketNarratorConfig, PocketNarratorForCausalLM
from pocket_narrator.interop.own_model import OwnConfig, OwnModel

__all__ = ["OwnConfig", "OwnModel", "define", "register"]


def register() -> None:
    """Lets `AutoModelForCausalLM.from_pretrained` open such a folder without `trust_remote_code`."""
    AutoConfig.register(MODEL_TYPE, PocketNarratorConfig, exist_ok=True)
    AutoModelForCausalLM.register(PocketNarratorConfig, PocketNarratorForCausalLM, exist_ok=True)
    PocketNarratorConfig.register_for_auto_class()  # so that save_pretrained puts the file beside the weights
    PocketNarratorForCausalLM.register_for_auto_class("AutoModelForCausalLM")


def define() -> tuple[type[OwnConfig], type[OwnModel]]:
    """The two classes, as folders ask for them that were exported before these had a file of their own."""
    return PocketNarratorConfig, PocketNarratorForCausalLM
