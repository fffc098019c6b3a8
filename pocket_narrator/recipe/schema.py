"""The recipe: what to train, on what, and how; validated as a whole before anything runs."""

import difflib
import math
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from pocket_narrator.recipe.corpus import Cleaning as Cleaning
from pocket_narrator.recipe.corpus import CleaningRule as CleaningRule
from pocket_narrator.recipe.corpus import Corpus as Corpus
from pocket_narrator.recipe.corpus import FilesCorpus as FilesCorpus
from pocket_narrator.recipe.corpus import HubCorpus as HubCorpus
from pocket_narrator.recipe.corpus import MixtureCorpus as MixtureCorpus
from pocket_narrator.recipe.corpus import MixtureSource as MixtureSource
from pocket_narrator.recipe.corpus import Rows as Rows
from pocket_narrator.recipe.corpus import StoryworldCorpus as StoryworldCorpus
from pocket_narrator.recipe.corpus import TextCorpus as TextCorpus
from pocket_narrator.recipe.sampling import BOUNDS
from pocket_narrator.recipe.section import LARGEST_SEED as LARGEST_SEED
from pocket_narrator.recipe.section import Section as Section

# Far above what anybody trains, and low enough that whatever is within them can be counted and refused by its memory.
WIDEST, LONGEST_CONTEXT, MOST_LAYERS = 65_536, 2**20, 1_000
MOST_STEPS, MOST_MINUTES = 10**12, 1e7
MOST_TOKENS_A_STEP = 2**31

Beta = Annotated[float, Field(ge=0, lt=1)]  # the share of a running mean that is kept at a step


class Tokenizer(Section):
    """A tokenizer trained on the corpus (bpe, character), or one that is there: a file, or a hub repository's."""

    kind: Literal["bpe", "character", "file", "hub"] = "bpe"  # bpe, character: trained; file, hub: taken
    # bpe: 256 bytes, the end-of-text token, and merges; character: at most so many, the rarest are spelled by bytes
    vocabulary_size: int = Field(default=4096, ge=257, le=1_000_000)
    path: str | None = (
        None  # file: a tokenizer.json, a SentencePiece .model, tiktoken's GPT-2 ranks, or a folder with one
    )
    repository: str | None = None  # hub: an id such as openai-community/gpt2
    revision: str = Field(default="main", min_length=1)  # hub: a branch, tag or commit

    @model_validator(mode="after")
    def _pretrained_needs_a_place(self) -> "Tokenizer":
        if self.kind == "file" and self.path is None:
            raise ValueError("kind=file needs path, the tokenizer file to use")
        if self.kind == "hub" and self.repository is None:
            raise ValueError("kind=hub needs repository, an id such as openai-community/gpt2")
        return self


class Mamba(Section):
    """The selective state-space mixers `mamba` (Gu & Dao 2023) and `narrative`."""

    expand: int = Field(default=2, ge=1, le=64)  # channels = expand x width
    state_size: int = Field(default=16, ge=1, le=256)  # numbers remembered a channel
    convolution: int = Field(default=4, ge=1, le=16)  # tokens that the short convolution sees
    step_rank: int | None = Field(
        default=None, ge=1, le=WIDEST
    )  # of the product that makes the steps; none: width / 16
    shortest_step: float = Field(default=1e-3, ge=1e-9, le=1e3)  # steps begin log-uniform between these two
    longest_step: float = Field(default=0.1, ge=1e-9, le=1e3)  # and this

    @model_validator(mode="after")
    def _order_steps(self) -> "Mamba":
        if self.shortest_step >= self.longest_step:
            raise ValueError(f"shortest_step={self.shortest_step} is not below longest_step={self.longest_step}")
        return self


class Mamba2(Section):
    """The mixer `mamba2` (Dao & Gu 2024): one decay a head, so that it is made of matrix products."""

    expand: int = Field(default=2, ge=1, le=64)  # channels = expand x width
    head_width: int = Field(default=64, ge=1, le=WIDEST)  # channels of a head
    state_size: int = Field(default=64, ge=1, le=512)  # numbers remembered a channel
    groups: int = Field(default=1, ge=1, le=WIDEST)  # of heads that share what they read and write
    convolution: int = Field(default=4, ge=1, le=16)  # tokens that the short convolution sees
    chunk: int = Field(default=64, ge=1, le=LONGEST_CONTEXT)  # tokens that are mixed by one product


class Track(Section):
    """One track of the mixer `narrative`: a share of the channels, and how long it remembers."""

    name: str  # as `narrator inspect` shows it
    share: float = Field(gt=0, le=1)  # of the channels
    shortest: float = Field(ge=0.01, le=1e9)  # tokens after which a memory has faded to 1/e
    longest: float = Field(ge=0.01, le=1e9)  # the same, of the slowest channel

    @model_validator(mode="after")
    def _order_memories(self) -> "Track":
        if self.shortest >= self.longest:
            raise ValueError(f"shortest={self.shortest} is not below longest={self.longest}")
        return self


class Narrative(Section):
    """The multi-track mixer `narrative`; its state-space part is `model.mamba`. Every part can be switched off."""

    tracks: tuple[Track, ...] = (
        Track(name="scene", share=0.4, shortest=2, longest=16),
        Track(name="plot", share=0.3, shortest=16, longest=128),
        Track(name="character", share=0.3, shortest=128, longest=1024),
    )  # their shares add up to 1
    router: bool = True  # tokens choose which tracks they write to
    read_gate: bool = True  # tokens choose which tracks they read from
    cross_track_every: int | None = Field(
        default=4, ge=1, le=MOST_LAYERS
    )  # layers; none: tracks never look at each other
    cross_track_width: int = Field(default=16, ge=1, le=WIDEST)  # of its queries, keys and values

    @field_validator("tracks", mode="before")
    @classmethod
    def _take_a_list(cls, given: object) -> object:
        return tuple(given) if isinstance(given, list) else given  # Model has looked at it: no longer JSON

    @model_validator(mode="after")
    def _check_tracks(self) -> "Narrative":
        if not self.tracks:
            raise ValueError("tracks is empty; give at least one")
        total = sum(track.share for track in self.tracks)
        if not math.isclose(total, 1, abs_tol=1e-6):
            raise ValueError(f"the shares of the tracks add up to {total:g}, and should to 1")
        names = [track.name for track in self.tracks]
        if len(set(names)) < len(names):
            raise ValueError(f"two tracks have the same name: {', '.join(names)}")
        return self


PRESETS: dict[str, dict[str, object]] = {
    "gpt2": dict(positions="learned", feed_forward="gelu", norm="layer", bias=True),
    "llama": dict(positions="rope", feed_forward="swiglu", norm="rms", bias=False),
    "mamba": dict(layers="mamba*8", positions="none", norm="rms", bias=False),
    "narrative": dict(layers="narrative*8", positions="none", norm="rms", bias=False),
}

HEADED = ("attention", "linear_attention", "gated_linear_attention")  # mixers with query heads
STATE_SPACE = ("mamba", "mamba2", "narrative")  # mixers that are whole layers: no feed-forward network follows
MIXERS = (*HEADED, *STATE_SPACE)


class Model(Section):
    """A stack of layers over one width. Presets fill in what is not given."""

    kind: Literal["stack"] = "stack"  # a neural network, of layers
    preset: Literal["gpt2", "llama", "mamba", "narrative"] | None = None  # sets the keys below as that family has them
    layers: str = "attention*8"  # mixers from bottom to top, such as "mamba*3 attention mamba*4"
    width: int = Field(default=256, ge=1, le=WIDEST)  # of the residual stream
    heads: int = Field(default=8, ge=1, le=WIDEST)  # query heads of attention; they share the width
    key_value_heads: int | None = Field(default=None, ge=1, le=WIDEST)  # fewer than heads: grouped-query attention
    context: int = Field(default=256, ge=2, le=LONGEST_CONTEXT)  # tokens
    window: int | None = Field(default=None, ge=1)  # attention looks back at most this far; none: the whole context
    positions: Literal["none", "sinusoidal", "learned", "rope"] = "rope"  # how attention knows them
    rope_base: float = Field(default=10_000.0, gt=1, le=1e12)  # of rope's wavelengths
    feed_forward: Literal["gelu", "swiglu", "squared_relu"] = "swiglu"  # its activation
    # none: 4 width, or 8/3 width (a multiple of 32) for swiglu
    feed_forward_width: int | None = Field(default=None, ge=1, le=16 * WIDEST)
    norm: Literal["layer", "rms"] = "rms"  # LayerNorm or RMSNorm, before every part
    norm_epsilon: float = Field(default=1e-6, ge=1e-20, le=1)  # added to the variance
    bias: bool = False  # of linear layers and norms
    tied_head: bool = True  # the head's weights are the embedding's
    dropout: float = Field(default=0.0, ge=0, lt=1)  # share of activations, in training
    qk_norm: bool = False  # RMSNorm of queries and keys
    zero_init: bool = False  # output projections start at zero
    input_skips: bool = False  # learned skips from the embedding into every layer
    value_embeddings: bool = False  # a token embedding added to the values of every second attention layer
    bigram_buckets: int = Field(
        default=0, ge=0, le=100_000_000
    )  # hashed embedding of (previous, current) token; 0: off
    mamba: Mamba = Mamba()
    mamba2: Mamba2 = Mamba2()
    narrative: Narrative = Narrative()

    @model_validator(mode="before")
    @classmethod
    def _fill_in_preset(cls, given: object) -> object:
        preset = given.get("preset") if isinstance(given, dict) else None
        if isinstance(given, dict) and isinstance(preset, str) and preset in PRESETS:
            return {**PRESETS[preset], **given}
        return given

    @model_validator(mode="after")
    def _check_combinations(self) -> "Model":
        mixers = set(self.mixers())
        if mixers & set(HEADED):
            self._check_heads()
        if self.positions == "sinusoidal" and self.width % 2:
            raise ValueError(f"positions=sinusoidal needs an even width, not {self.width}")
        if self.window is not None and self.window > self.context:
            raise ValueError(f"window={self.window} is larger than context={self.context}")
        if "mamba2" in mixers:
            heads, remainder = divmod(self.mamba2.expand * self.width, self.mamba2.head_width)
            if remainder:
                raise ValueError(
                    f"mamba2.expand={self.mamba2.expand} x width={self.width} is not divisible by "
                    f"mamba2.head_width={self.mamba2.head_width}"
                )
            if heads % self.mamba2.groups:
                raise ValueError(f"mamba2 has {heads} heads, not divisible by mamba2.groups={self.mamba2.groups}")
        if "narrative" in mixers and min(self.track_widths()) < 1:
            raise ValueError(
                f"mamba.expand={self.mamba.expand} x width={self.width} has too few channels for narrative.tracks"
            )
        return self

    def _check_heads(self) -> None:
        if self.width % self.heads:
            raise ValueError(f"width={self.width} is not divisible by heads={self.heads}")
        if self.heads % (self.key_value_heads or self.heads):
            raise ValueError(f"heads={self.heads} is not divisible by key_value_heads={self.key_value_heads}")
        if self.positions == "rope" and (self.width // self.heads) % 2:
            raise ValueError(
                f"positions=rope needs an even head width, and width={self.width} / heads={self.heads} is odd"
            )

    def mixers(self) -> list[str]:
        """The layer pattern spelled out: `"a*2 b"` gives `["a", "a", "b"]`."""
        names: list[str] = []
        for item in self.layers.split():
            name, star, times = item.partition("*")
            if name not in MIXERS:
                nearest = difflib.get_close_matches(name, MIXERS, n=1)
                hint = f"did you mean '{nearest[0]}'? There is" if nearest else "there is"
                raise ValueError(f"layers: there is no mixer named '{name[:40]}'; {hint} {', '.join(MIXERS)}")
            if star and not (times.isdecimal() and len(times) <= 4 and 0 < int(times) <= MOST_LAYERS):
                raise ValueError(
                    f"layers: '{item[:40]}' needs a number from 1 to {MOST_LAYERS} after the star, such as '{name}*4'"
                )
            names += [name] * int(times or 1)
            if len(names) > MOST_LAYERS:
                raise ValueError(f"layers: there are more than {MOST_LAYERS:,}")
        if not names:
            raise ValueError("layers is empty; for example 'attention*8'")
        return names

    def step_rank(self) -> int:
        """Rank of the product that makes the steps of `mamba` and `narrative`."""
        return self.mamba.step_rank or -(-self.width // 16)

    def track_widths(self) -> list[int]:
        """Channels of each track of `narrative`: multiples of 16 where there are enough, the last takes the rest."""
        channels = self.mamba.expand * self.width
        unit = 16 if channels >= 16 * len(self.narrative.tracks) else 1
        widths = [round(track.share * channels / unit) * unit for track in self.narrative.tracks[:-1]]
        return [*widths, channels - sum(widths)]

    def hidden_width(self) -> int:
        """Width of the feed-forward's hidden layer."""
        if self.feed_forward_width is not None:
            return self.feed_forward_width
        if self.feed_forward == "swiglu":
            return -(-8 * self.width // 3 // 32) * 32
        return 4 * self.width


class NGram(Section):
    """Counts of token sequences with modified Kneser-Ney smoothing; found in one pass, so there is no `training`."""

    kind: Literal["ngram"]  # counts
    order: int = Field(default=5, ge=1, le=7)  # tokens of the longest sequence: order - 1 are looked back at
    unbounded: bool = False  # where a longer stretch of the story occurs in the training text, what followed it decides


def _kind_of_model(given: object) -> object:
    return given.get("kind", "stack") if isinstance(given, dict) else getattr(given, "kind", "stack")


AnyModel = Annotated[Annotated[Model, Tag("stack")] | Annotated[NGram, Tag("ngram")], Discriminator(_kind_of_model)]


class Training(Section):
    """How the weights are found. Exactly one of `steps` and `minutes` says for how long."""

    steps: int | None = Field(default=None, ge=1, le=MOST_STEPS)  # optimizer steps
    minutes: float | None = Field(default=None, gt=0, le=MOST_MINUTES)  # of work; the schedule follows the clock
    batch_tokens: int = Field(default=8192, ge=2, le=MOST_TOKENS_A_STEP)  # tokens a step over all devices
    accumulation: int = Field(default=1, ge=1, le=MOST_TOKENS_A_STEP)  # micro-batches a step
    rows: Literal["packed", "story", "window", "stream"] = "packed"  # stream: state is carried on through books
    # rows=window: tokens between the starts of two windows; none: the context
    stride: int | None = Field(default=None, ge=1, le=LONGEST_CONTEXT)
    isolate_stories: bool = False  # attention does not cross story starts in a packed row
    optimizer: Literal["adamw", "muon"] = "adamw"  # muon: for matrices, adamw for the rest
    learning_rate: float = Field(default=1e-3, gt=0, le=1e3)  # at its peak
    muon_learning_rate: float = Field(default=0.02, gt=0, le=1e3)  # for the matrices, where optimizer=muon
    betas: tuple[Beta, Beta] = (0.9, 0.95)  # of Adam's running means
    weight_decay: float = Field(default=0.1, ge=0, le=1e6)  # decoupled, of matrices
    schedule: Literal["constant", "cosine", "wsd"] = "cosine"  # wsd: warmup, stable, decay
    warmup_steps: int = Field(default=50, ge=0, le=MOST_STEPS)  # the rate grows linearly
    decay_fraction: float = Field(default=0.5, gt=0, le=1)  # wsd: the last share of the steps
    final_rate: float = Field(default=0.1, ge=0, le=1)  # of the peak rate, at the last step
    clip: float | None = Field(default=1.0, gt=0)  # norm of the whole gradient
    precision: Literal["auto", "fp32", "bf16", "fp16"] = "auto"  # auto: bf16 where it is fast
    compile: Literal["auto", "on", "off"] = "auto"  # the layers, by torch.compile
    activation_checkpointing: bool = False  # memory for time
    device: Literal["auto", "cpu", "cuda"] = "auto"  # auto: a GPU where there is one
    seed: int = Field(default=0, ge=0, le=LARGEST_SEED)  # of weights, order of stories, dropout
    evaluate_every: int = Field(default=500, ge=1, le=MOST_STEPS)  # steps
    sample_every: int = Field(default=500, ge=1, le=MOST_STEPS)  # steps
    checkpoint_every: int = Field(default=500, ge=1, le=MOST_STEPS)  # steps
    checkpoint_minutes: float | None = Field(default=10.0, gt=0, le=MOST_MINUTES)  # and by the clock; none: not
    patience: int | None = Field(
        default=None, ge=1, le=MOST_STEPS
    )  # evaluations without a new best after which it stops; none: never
    frozen: tuple[str, ...] = ()  # parts that stay as they are, such as embedding or layers.0-3

    @model_validator(mode="after")
    def _check_combinations(self) -> "Training":
        if (self.steps is None) == (self.minutes is None):
            raise ValueError("give exactly one of steps and minutes")
        if self.stride is not None and self.rows != "window":
            raise ValueError("stride is for rows=window only")
        if self.learning_rate * self.weight_decay > 1:
            raise ValueError(
                f"learning_rate={self.learning_rate} x weight_decay={self.weight_decay} is over 1: a step would decay "
                "the weights by more than all of them"
            )
        return self


class Generation(Section):
    """How samples are told during training, and the defaults of `narrator tell`."""

    prompts: tuple[str, ...] = Field(default=("Once upon a time",), min_length=1)  # of the samples
    temperature: float = BOUNDS["temperature"].field(0.8)  # 0: greedy
    top_k: int | None = BOUNDS["top_k"].field(None)  # the likeliest tokens only; null, 0 or -1: all
    top_p: float | None = BOUNDS["top_p"].field(None)  # the likeliest of this total (nucleus)
    min_p: float | None = BOUNDS["min_p"].field(None)  # tokens at least this share of the likeliest
    repetition_penalty: float = BOUNDS["repetition_penalty"].field(1.0)  # above 1: fewer used tokens
    no_repeat_ngram: int | None = BOUNDS["no_repeat_ngram"].field(None)  # no run of so many tokens twice
    max_tokens: int = BOUNDS["max_tokens"].field(400)  # of a story, without its prompt


class Evaluation(Section):
    """How much of the validation split is scored, and how."""

    # for the evaluations at intervals; the final one takes the whole split
    stories_in_training: int = Field(default=200, ge=1, le=MOST_STEPS)
    stride: int | None = Field(
        default=None, ge=1, le=LONGEST_CONTEXT
    )  # of the sliding window over long stories; none: half the context


class Tracking(Section):
    """Mirrors of metrics.jsonl, which is always written."""

    wandb: bool = False  # Weights & Biases
    wandb_project: str = "pocket-narrator"  # the project there
    tensorboard: bool = False  # in the run's folder


class Recipe(Section):
    """Everything one run needs."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=200)  # of the run: runs/NAME
    about: str = ""  # one line for `narrator recipes`
    corpus: Corpus
    tokenizer: Tokenizer = Tokenizer()
    model: AnyModel = Model()
    training: Training | None = None  # of a stack, which needs it; an N-gram has none
    generation: Generation = Generation()
    evaluation: Evaluation = Evaluation()
    tracking: Tracking = Tracking()

    def stack(self) -> tuple[Model, Training]:
        """The sections of a stack of layers, which the recipe must be for."""
        assert isinstance(self.model, Model)
        assert self.training is not None
        return self.model, self.training

    @model_validator(mode="after")
    def _check_combinations(self) -> "Recipe":
        if isinstance(self.model, NGram):
            if self.training is not None:
                raise ValueError(
                    "model.kind=ngram is counted in one pass: it has no training, whose steps would mean nothing; "
                    "leave that out, or say training=null where another recipe has it"
                )
            if self.evaluation.stride is not None:
                raise ValueError("evaluation.stride is for models with a context; model.kind=ngram reads stories whole")
            return self
        if self.training is None:
            raise ValueError("training is missing; training.steps or training.minutes says for how long")
        _check_lengths(self.model, self.training, self.evaluation)
        return self


def _check_lengths(model: Model, training: Training, evaluation: Evaluation) -> None:
    rows, remainder = divmod(training.batch_tokens, model.context)
    if rows == 0 or remainder or rows % training.accumulation:
        raise ValueError(
            f"training.batch_tokens={training.batch_tokens} must be a multiple of "
            f"model.context={model.context} x training.accumulation={training.accumulation}"
        )
    if training.stride is not None and training.stride > model.context:
        raise ValueError(f"training.stride={training.stride} is larger than model.context={model.context}")
    if evaluation.stride is not None and evaluation.stride > model.context:
        raise ValueError(f"evaluation.stride={evaluation.stride} is larger than model.context={model.context}")
