"""The recipe: what to train, on what, and how; validated as a whole before anything runs."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Discriminator, Field, ModelWrapValidatorHandler, SerializeAsAny, Tag, model_validator

from pocket_narrator.errors import NarratorError, PluginError
from pocket_narrator.plugins.failures import has_failed
from pocket_narrator.plugins.signature import refuse_other_function
from pocket_narrator.plugins.table import refuse_another_name
from pocket_narrator.recipe.corpus import CleaningConfig as CleaningConfig
from pocket_narrator.recipe.corpus import CleaningRule as CleaningRule
from pocket_narrator.recipe.corpus import CorpusConfig as CorpusConfig
from pocket_narrator.recipe.corpus import FilesCorpusConfig as FilesCorpusConfig
from pocket_narrator.recipe.corpus import HubCorpusConfig as HubCorpusConfig
from pocket_narrator.recipe.corpus import MixtureCorpusConfig as MixtureCorpusConfig
from pocket_narrator.recipe.corpus import MixtureSourceConfig as MixtureSourceConfig
from pocket_narrator.recipe.corpus import OwnCorpusConfig as OwnCorpusConfig
from pocket_narrator.recipe.corpus import RowsConfig as RowsConfig
from pocket_narrator.recipe.corpus import StoryworldCorpusConfig as StoryworldCorpusConfig
from pocket_narrator.recipe.corpus import TextCorpusConfig as TextCorpusConfig
from pocket_narrator.recipe.corpus import WorldConfig as WorldConfig
from pocket_narrator.recipe.kinds.options import with_options
from pocket_narrator.recipe.kinds.tables import (
    KIND_HINT,
    OPTIMIZERS,
    SCHEDULES,
    TOKENIZERS,
    named_in,
    refuse_other_options,
)
from pocket_narrator.recipe.limits import LONGEST_CONTEXT as LONGEST_CONTEXT
from pocket_narrator.recipe.limits import MOST_LAYERS as MOST_LAYERS
from pocket_narrator.recipe.limits import MOST_TOKENS
from pocket_narrator.recipe.limits import WIDEST as WIDEST
from pocket_narrator.recipe.mixer_kind import MixerKind
from pocket_narrator.recipe.mixers import MIXERS, mixer_kind
from pocket_narrator.recipe.mixers.gated_delta import GatedDeltaConfig as GatedDeltaConfig
from pocket_narrator.recipe.mixers.mamba import MambaConfig as MambaConfig
from pocket_narrator.recipe.mixers.mamba2 import Mamba2Config as Mamba2Config
from pocket_narrator.recipe.mixers.mamba3 import Mamba3Config as Mamba3Config
from pocket_narrator.recipe.mixers.narrative import NarrativeConfig as NarrativeConfig
from pocket_narrator.recipe.mixers.narrative import TrackConfig as TrackConfig
from pocket_narrator.recipe.sampling import BOUNDS
from pocket_narrator.recipe.section import LARGEST_SEED as LARGEST_SEED
from pocket_narrator.recipe.section import Section as Section

MOST_STEPS, MOST_MINUTES = 10**12, 1e7
MOST_TOKENS_A_STEP = 2**31

Beta = Annotated[float, Field(ge=0, lt=1)]  # the share of a running mean that is kept at a step


class TokenizerConfig(Section):
    """A tokenizer trained on the corpus (bpe, character, or one that was added), or one that is there: a file, or a hub
    repository's."""

    kind: Annotated[str, named_in(TOKENIZERS)] = "bpe"  # bpe, character: trained; file, hub: taken
    # bpe: 256 bytes, the end-of-text token, and merges; character: at most so many, the rarest are spelled by bytes
    vocabulary_size: int = Field(default=4096, ge=257, le=MOST_TOKENS)
    path: str | None = (
        None  # file: a tokenizer.json, a SentencePiece .model, tiktoken's GPT-2 ranks, or a folder with one
    )
    repository: str | None = None  # hub: an id such as openai-community/gpt2
    revision: str = Field(default="main", min_length=1)  # hub: a branch, tag or commit

    @model_validator(mode="after")
    def _pretrained_needs_a_place(self) -> "TokenizerConfig":
        if self.kind == "file" and self.path is None:
            raise ValueError("kind=file needs path, the tokenizer file to use")
        if self.kind == "hub" and self.repository is None:
            raise ValueError("kind=hub needs repository, an id such as openai-community/gpt2")
        return self


PRESETS: dict[str, dict[str, object]] = {
    "gpt2": dict(positions="learned", feed_forward="gelu", norm="layer", bias=True),
    "llama": dict(positions="rope", feed_forward="swiglu", norm="rms", bias=False),
    "mamba": dict(layers="mamba*8", positions="none", norm="rms", bias=False),
    "narrative": dict(layers="narrative*8", positions="none", norm="rms", bias=False),
}


class ModelConfig(Section):
    """A stack of layers over one width. Presets fill in what is not given. A mixer that was added has its options in a
    section of its name, as those that are built in."""

    model_config = ConfigDict(extra="allow")  # sections of added mixers; `with_options` refuses all else
    __pydantic_extra__: dict[str, SerializeAsAny[Section]] = Field(init=False)

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
    gated_delta: GatedDeltaConfig = GatedDeltaConfig()
    mamba: MambaConfig = MambaConfig()
    mamba2: Mamba2Config = Mamba2Config()
    mamba3: Mamba3Config = Mamba3Config()
    narrative: NarrativeConfig = NarrativeConfig()

    @model_validator(mode="before")
    @classmethod
    def _fill_in_preset(cls, given: object) -> object:
        preset = given.get("preset") if isinstance(given, dict) else None
        if isinstance(given, dict) and isinstance(preset, str) and preset in PRESETS:
            return {**PRESETS[preset], **given}
        return given

    @model_validator(mode="wrap")
    @classmethod
    def _take_options(cls, given: object, validate: ModelWrapValidatorHandler["ModelConfig"]) -> "ModelConfig":
        if not isinstance(given, dict):
            return validate(given)
        layers = given.get("layers", cls.model_fields["layers"].default)
        return with_options(given, cls.model_fields.keys(), layers, validate)

    @model_validator(mode="after")
    def _check_combinations(self) -> "ModelConfig":
        for name in dict.fromkeys(self.mixers()):
            check = mixer_kind(name).check
            if check is not None:
                _checked(name, check, self)
        if self.positions == "sinusoidal" and self.width % 2:
            raise ValueError(f"positions=sinusoidal needs an even width, not {self.width}")
        if self.window is not None and self.window > self.context:
            raise ValueError(f"window={self.window} is larger than context={self.context}")
        return self

    def mixers(self) -> list[str]:
        """The layer pattern spelled out: `"a*2 b"` gives `["a", "a", "b"]`."""
        names: list[str] = []
        for item in self.layers.split():
            name, star, times = item.partition("*")
            if MIXERS.find(name) is None:
                raise ValueError(f"layers: {MIXERS.why_not(name)}, and your own with --plugin FILE")
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

    def options_of(self, name: str) -> Any:
        """The options of a mixer, `model.NAME`: an instance of its kind's section, with its defaults where nothing is given. PluginError
        for a name that no mixer has, and for a mixer without options."""
        kind = MIXERS.find(name)
        if kind is None:
            raise PluginError(MIXERS.why_not(name), hint="options_of takes the name that the mixer is registered by")
        if kind.options is None:
            raise PluginError(
                f"the mixer '{name}' has no options",
                hint=f'register it with them: MixerKind("{name}", ..., options=Options)',
            )
        given = getattr(self, name, None)
        return kind.options() if given is None else given

    def hidden_width(self) -> int:
        """Width of the feed-forward's hidden layer."""
        if self.feed_forward_width is not None:
            return self.feed_forward_width
        if self.feed_forward == "swiglu":
            return -(-8 * self.width // 3 // 32) * 32
        return 4 * self.width


def _checked(name: str, check: Callable[[Any], None], model: ModelConfig) -> None:
    """ValueError where the mixer refuses these sizes, PluginError where its check fails otherwise."""
    origin = MIXERS.origin(name)
    try:
        check(model)
    except (ValueError, NarratorError):
        raise
    except Exception as error:
        raise has_failed(f"check of the mixer '{name}'", error, None if origin is None else origin.path) from error


def refuse_key_of_the_model(name: str) -> None:
    """PluginError where a mixer would be named as a key of the recipe's section `model` is, where its options would stand."""
    if name in ModelConfig.model_fields:
        raise PluginError(
            f"a mixer cannot be named '{name}': the recipe has a key model.{name}",
            hint=f"give it another name, such as my_{name}",
        )


def _refuse_mixer(name: str, item: object) -> None:
    if not isinstance(item, MixerKind):
        raise PluginError(f"the mixer '{name}' is no MixerKind", found=f"{item!r:.80}", hint=KIND_HINT)
    refuse_another_name(name, item.name)
    refuse_key_of_the_model(name)
    refuse_other_options(item.options, f"the mixer '{name}'")
    for member, arguments in (("check", ("model",)), ("cost", ("model", "index"))):
        if getattr(item, member) is not None:
            refuse_other_function(getattr(item, member), arguments, f"{member} of the mixer '{name}'")


MIXERS.refuse = _refuse_mixer


class NGramConfig(Section):
    """Counts of token sequences with modified Kneser-Ney smoothing; found in one pass, so there is no `training`."""

    kind: Literal["ngram"]  # counts
    order: int = Field(default=5, ge=1, le=7)  # tokens of the longest sequence: order - 1 are looked back at
    unbounded: bool = False  # where a longer stretch of the story occurs in the training text, what followed it decides


def _kind_of_model(given: object) -> object:
    return given.get("kind", "stack") if isinstance(given, dict) else getattr(given, "kind", "stack")


AnyModelConfig = Annotated[
    Annotated[ModelConfig, Tag("stack")] | Annotated[NGramConfig, Tag("ngram")], Discriminator(_kind_of_model)
]


class TrainingConfig(Section):
    """How the weights are found. Exactly one of `steps` and `minutes` says for how long."""

    steps: int | None = Field(default=None, ge=1, le=MOST_STEPS)  # optimizer steps
    minutes: float | None = Field(default=None, gt=0, le=MOST_MINUTES)  # of work; the schedule follows the clock
    batch_tokens: int = Field(default=8192, ge=2, le=MOST_TOKENS_A_STEP)  # tokens a step over all devices
    accumulation: int = Field(default=1, ge=1, le=MOST_TOKENS_A_STEP)  # micro-batches a step
    rows: Literal["packed", "story", "window", "stream"] = "packed"  # stream: state is carried on through books
    # rows=window: tokens between the starts of two windows; none: the context
    stride: int | None = Field(default=None, ge=1, le=LONGEST_CONTEXT)
    isolate_stories: bool = False  # attention does not cross story starts in a packed row
    optimizer: Annotated[str, named_in(OPTIMIZERS)] = "adamw"  # muon: for matrices, adamw for the rest
    learning_rate: float = Field(default=1e-3, gt=0, le=1e3)  # at its peak
    muon_learning_rate: float = Field(default=0.02, gt=0, le=1e3)  # for the matrices, where optimizer=muon
    betas: tuple[Beta, Beta] = (0.9, 0.95)  # of Adam's running means
    weight_decay: float = Field(default=0.1, ge=0, le=1e6)  # decoupled, of matrices
    schedule: Annotated[str, named_in(SCHEDULES)] = "cosine"  # wsd: warmup, stable, decay
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
    # best: the newest and the best; all: every one, such as for `narrator evaluate RUN --suite memory --checkpoints`
    keep_checkpoints: Literal["best", "all"] = "best"
    patience: int | None = Field(
        default=None, ge=1, le=MOST_STEPS
    )  # evaluations without a new best after which it stops; none: never
    frozen: tuple[str, ...] = ()  # parts that stay as they are, such as embedding or layers.0-3

    @model_validator(mode="after")
    def _check_combinations(self) -> "TrainingConfig":
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


class GenerationConfig(Section):
    """How samples are told during training, and the defaults of `narrator tell`."""

    prompts: tuple[str, ...] = Field(default=("Once upon a time",), min_length=1)  # of the samples
    temperature: float = BOUNDS["temperature"].field(0.8)  # 0: greedy
    top_k: int | None = BOUNDS["top_k"].field(None)  # the likeliest tokens only; null, 0 or -1: all
    top_p: float | None = BOUNDS["top_p"].field(None)  # the likeliest of this total (nucleus)
    min_p: float | None = BOUNDS["min_p"].field(None)  # tokens at least this share of the likeliest
    repetition_penalty: float = BOUNDS["repetition_penalty"].field(1.0)  # above 1: fewer used tokens
    no_repeat_ngram: int | None = BOUNDS["no_repeat_ngram"].field(None)  # no run of so many tokens twice
    max_tokens: int = BOUNDS["max_tokens"].field(400)  # of a story, without its prompt


class EvaluationConfig(Section):
    """How much of the validation split is scored, and how."""

    # for the evaluations at intervals; the final one takes the whole split
    stories_in_training: int = Field(default=200, ge=1, le=MOST_STEPS)
    stride: int | None = Field(
        default=None, ge=1, le=LONGEST_CONTEXT
    )  # of the sliding window over long stories; none: half the context


class TrackingConfig(Section):
    """Mirrors of metrics.jsonl, which is always written."""

    wandb: bool = False  # Weights & Biases
    wandb_project: str = "pocket-narrator"  # the project there
    tensorboard: bool = False  # in the run's folder


class Recipe(Section):
    """Everything one run needs."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=200)  # of the run: runs/NAME
    about: str = ""  # one line for `narrator recipes`
    corpus: CorpusConfig
    tokenizer: TokenizerConfig = TokenizerConfig()
    model: AnyModelConfig = ModelConfig()
    training: TrainingConfig | None = None  # of a stack, which needs it; an N-gram has none
    generation: GenerationConfig = GenerationConfig()
    evaluation: EvaluationConfig = EvaluationConfig()
    tracking: TrackingConfig = TrackingConfig()

    def stack(self) -> tuple[ModelConfig, TrainingConfig]:
        """The sections of a stack of layers, which the recipe must be for."""
        assert isinstance(self.model, ModelConfig)
        assert self.training is not None
        return self.model, self.training

    @model_validator(mode="after")
    def _check_combinations(self) -> "Recipe":
        if isinstance(self.model, NGramConfig):
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


def _check_lengths(model: ModelConfig, training: TrainingConfig, evaluation: EvaluationConfig) -> None:
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
