"""The kinds of mixers: what is built in, and the table that everything asks by name."""

from pocket_narrator.plugins.table import Table
from pocket_narrator.recipe.mixer_kind import MixerKind
from pocket_narrator.recipe.mixers.attention import ATTENTION
from pocket_narrator.recipe.mixers.gated_delta import GATED_DELTA
from pocket_narrator.recipe.mixers.linear_attention import GATED_LINEAR_ATTENTION, LINEAR_ATTENTION
from pocket_narrator.recipe.mixers.mamba import MAMBA
from pocket_narrator.recipe.mixers.mamba2 import MAMBA2
from pocket_narrator.recipe.mixers.mamba3 import MAMBA3
from pocket_narrator.recipe.mixers.narrative import NARRATIVE

BUILT_IN = (ATTENTION, LINEAR_ATTENTION, GATED_LINEAR_ATTENTION, GATED_DELTA, MAMBA, MAMBA2, MAMBA3, NARRATIVE)
MIXERS: Table[MixerKind] = Table("mixers", "mixer", {kind.name: kind for kind in BUILT_IN})


def mixer_kind(name: str) -> MixerKind:
    """The kind of a name that a validated recipe has."""
    kind = MIXERS.find(name)
    assert kind is not None, name
    return kind
