"""Opens this model with transformers, where the package pocket-narrator is installed, from its wheel or a checkout.

Of a class that it does not know transformers saves the file that defines it, and opens the folder with that file again. So
the two classes are defined here, in the file that lies in the folder, and what they do comes with the package.
"""

from pocket_narrator.interop import own_model


class PocketNarratorConfig(own_model.OwnConfig):
    """The recipe's model section, and the size of the vocabulary."""


class PocketNarratorForCausalLM(own_model.OwnModel):
    """A decoder stack of pocket-narrator."""

    config_class = PocketNarratorConfig
