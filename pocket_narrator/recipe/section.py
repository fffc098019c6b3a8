"""What all parts of a recipe have in common."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

LARGEST_SEED = 2**64 - 1


class Section(BaseModel):
    """A part of a recipe: immutable, and unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    # Of what is made from the section; raised whenever the same keys would make something else: another default, another rule.
    # It is in the names of prepared data (prepared_names.py), so that what was made before is not taken for the new.
    version: ClassVar[int] = 1
