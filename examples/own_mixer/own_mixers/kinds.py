"""What the mixers of this package are, without torch: the entry points in pyproject.toml name these."""

from pydantic import Field

from pocket_narrator import MixerKind, Section


class MinLstmOptions(Section):
    """The keys of `model.minlstm` in a recipe."""

    expand: int = Field(default=2, ge=1, le=8)  # channels = expand x width


LSTM = MixerKind("lstm", "own_mixers.lstm:Lstm")
MIN_LSTM = MixerKind("minlstm", "own_mixers.minlstm:MinLstm", options=MinLstmOptions)
