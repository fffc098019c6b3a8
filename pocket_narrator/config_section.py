"""What all parts of a recipe have in common."""

from pydantic import BaseModel, ConfigDict

LARGEST_SEED = 2**64 - 1


class Section(BaseModel):
    """A part of a recipe: immutable, and unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
