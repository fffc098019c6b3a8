"""The mixer `narrative`: Mamba whose channels are tracks of ordered time scales."""

import math
from typing import Literal

from pydantic import Field, field_validator, model_validator

from pocket_narrator.recipe.limits import MOST_LAYERS, WIDEST
from pocket_narrator.recipe.mixer_kind import MixerCost, MixerKind, StackSizes
from pocket_narrator.recipe.mixers.mamba import mamba_cost, step_rank
from pocket_narrator.recipe.section import Section


class TrackConfig(Section):
    """One track of the mixer `narrative`: a share of the channels, and how long it remembers."""

    name: str  # as `narrator inspect` shows it
    share: float = Field(gt=0, le=1)  # of the channels
    shortest: float = Field(ge=0.01, le=1e9)  # tokens after which a memory has faded to 1/e
    longest: float = Field(ge=0.01, le=1e9)  # the same, of the slowest channel
    # associative: heads with a matrix of memory, written by the gated delta rule (Yang et al. 2025); the last track alone
    memory: Literal["channels", "associative"] = "channels"

    @model_validator(mode="after")
    def _order_memories(self) -> "TrackConfig":
        if self.shortest >= self.longest:
            raise ValueError(f"shortest={self.shortest} is not below longest={self.longest}")
        return self


class NarrativeConfig(Section):
    """The multi-track mixer `narrative`; its state-space part is `model.mamba`. Every part can be switched off."""

    tracks: tuple[TrackConfig, ...] = (
        TrackConfig(name="scene", share=0.4, shortest=2, longest=16),
        TrackConfig(name="plot", share=0.3, shortest=16, longest=128),
        TrackConfig(name="character", share=0.3, shortest=128, longest=1024),
    )  # their shares add up to 1
    router: bool = True  # tokens choose which tracks they write to
    read_gate: bool = True  # tokens choose which tracks they read from
    cross_track_every: int | None = Field(
        default=4, ge=1, le=MOST_LAYERS
    )  # layers; none: tracks never look at each other
    cross_track_width: int = Field(default=16, ge=1, le=WIDEST)  # of its queries, keys and values
    cross_track_start: float = Field(default=0.0, ge=0, lt=1)  # how far open its gates are at first; 0: closed
    # step: a write is as large as the step, 1 / memory; normalised: sqrt(1 - decay^2), so that slow tracks are as loud as fast ones
    writes: Literal["step", "normalised"] = "step"
    # unordered: the channels of all tracks get the same time scales as with ordered, in an order by chance; a control
    scales: Literal["ordered", "unordered"] = "ordered"
    decayed_gates: bool = True  # weight decay takes in the weights of router and read gate

    @field_validator("tracks", mode="before")
    @classmethod
    def _take_a_list(cls, given: object) -> object:
        return tuple(given) if isinstance(given, list) else given  # Model has looked at it: no longer JSON

    @model_validator(mode="after")
    def _check_tracks(self) -> "NarrativeConfig":
        if not self.tracks:
            raise ValueError("tracks is empty; give at least one")
        total = sum(track.share for track in self.tracks)
        if not math.isclose(total, 1, abs_tol=1e-6):
            raise ValueError(f"the shares of the tracks add up to {total:g}, and should to 1")
        names = [track.name for track in self.tracks]
        if len(set(names)) < len(names):
            raise ValueError(f"two tracks have the same name: {', '.join(names)}")
        if any(track.memory == "associative" for track in self.tracks[:-1]) or (
            len(self.tracks) == 1 and self.has_associative_track
        ):
            raise ValueError("memory=associative is for the last of several tracks")
        if self.has_associative_track and self.scales == "unordered":
            raise ValueError("scales=unordered is for tracks of channels: give every track memory=channels")
        return self

    @property
    def has_associative_track(self) -> bool:
        return self.tracks[-1].memory == "associative"


def associative_heads(model: StackSizes) -> int:
    """Heads of the associative track, 0 where there is none: about twice as wide as their keys, which are `mamba.state_size` wide."""
    if not model.options_of("narrative").has_associative_track:
        return 0
    width = track_widths(model)[-1]
    most = max(1, width // (2 * model.options_of("mamba").state_size))
    return next(heads for heads in range(most, 0, -1) if width % heads == 0)


def track_widths(model: StackSizes) -> list[int]:
    """Channels of each track: multiples of 16 where there are enough, the last takes the rest."""
    tracks = model.options_of("narrative").tracks
    channels = model.options_of("mamba").expand * model.width
    unit = 16 if channels >= 16 * len(tracks) else 1
    widths = [round(track.share * channels / unit) * unit for track in tracks[:-1]]
    return [*widths, channels - sum(widths)]


def _check(model: StackSizes) -> None:
    if min(track_widths(model)) < 1:
        expand = model.options_of("mamba").expand
        raise ValueError(f"mamba.expand={expand} x width={model.width} has too few channels for narrative.tracks")


def _cost(model: StackSizes, index: int) -> MixerCost:
    plain, options, mamba = mamba_cost(model, index), model.options_of("narrative"), model.options_of("mamba")
    E, N, K = mamba.expand * model.width, mamba.state_size, len(options.tracks)
    gates = int(options.router) + int(options.read_gate)
    products, others = K * model.width * gates, K * gates
    if options.cross_track_every is not None and (index + 1) % options.cross_track_every == 0:
        products += 4 * E * options.cross_track_width
        others += K
    flops = plain.flops - E * N  # one exponent a channel
    heads, width = associative_heads(model), track_widths(model)[-1]
    if heads:
        # keys and queries of its own for every head, its decay and its strength; no steps and rates a channel
        products += width * (2 * N * heads + 2 * heads - 2 * N) - step_rank(model) * width
        others += heads - 2 * width
    return MixerCost(
        products=plain.products + products,
        others=plain.others - E * N + E + E + others,  # one rate a channel, and the gain of the norm
        flops=flops,
        activations=plain.activations + 5 * E,  # steps in float32, their place, the norm, the gate
        state=plain.state,
    )


NARRATIVE = MixerKind(
    "narrative",
    "pocket_narrator.models.mixers.narrative:Narrative",
    options=NarrativeConfig,
    has_feed_forward=False,
    check=_check,
    cost=_cost,
)
