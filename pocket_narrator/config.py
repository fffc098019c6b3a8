"""The recipe: what to train, on what, and how; validated as a whole before anything runs."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Section(BaseModel):
    """A part of a recipe: immutable, and unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class StoryworldCorpus(Section):
    """The embedded corpus; its validation stories are the last ones of the index range."""

    kind: Literal["storyworld"]
    stories: int = Field(default=20_000, ge=10)
    validation_stories: int = Field(default=1_000, ge=1)
    seed: int = Field(default=7, ge=0)

    @model_validator(mode="after")
    def _leave_some_to_train_on(self) -> "StoryworldCorpus":
        if self.validation_stories >= self.stories:
            raise ValueError(
                f"validation_stories={self.validation_stories} leaves nothing of stories={self.stories} to train on"
            )
        return self


class FilesCorpus(Section):
    """Local text in the `<|endoftext|>` layout."""

    kind: Literal["files"]
    train: str
    validation: str | None = None  # none: a seeded share of `train` is set aside
    validation_fraction: float = Field(default=0.05, gt=0, lt=0.5)
    fraction: float = Field(default=1.0, gt=0, le=1)  # a seeded, nested subset of the training stories
    seed: int = Field(default=42, ge=0)


Corpus = Annotated[StoryworldCorpus | FilesCorpus, Field(discriminator="kind")]


class Tokenizer(Section):
    """Byte-level BPE trained on the corpus, or a `tokenizer.json` taken as it is."""

    kind: Literal["bpe", "file"] = "bpe"
    vocabulary_size: int = Field(default=4096, ge=257)  # bpe: 256 bytes, the end-of-text token, and merges
    path: str | None = None  # file

    @model_validator(mode="after")
    def _file_needs_a_path(self) -> "Tokenizer":
        if self.kind == "file" and self.path is None:
            raise ValueError("kind=file needs path, the tokenizer.json to use")
        return self


PRESETS: dict[str, dict[str, object]] = {
    "gpt2": dict(positions="learned", feed_forward="gelu", norm="layer", bias=True),
    "llama": dict(positions="rope", feed_forward="swiglu", norm="rms", bias=False),
}


class Model(Section):
    """A stack of layers over one width. Presets fill in what is not given."""

    preset: Literal["gpt2", "llama"] | None = None
    layers: str = "attention*8"  # mixers from bottom to top, e.g. "attention*3 attention"
    width: int = Field(default=256, ge=1)
    heads: int = Field(default=8, ge=1)
    key_value_heads: int | None = Field(default=None, ge=1)  # fewer than heads: grouped-query attention
    context: int = Field(default=256, ge=2)  # tokens
    window: int | None = Field(default=None, ge=1)  # attention looks back at most this far; none: the whole context
    positions: Literal["none", "sinusoidal", "learned", "rope"] = "rope"
    rope_base: float = Field(default=10_000.0, gt=1)
    feed_forward: Literal["gelu", "swiglu", "squared_relu"] = "swiglu"
    feed_forward_width: int | None = Field(
        default=None, ge=1
    )  # none: 4 width, or 8/3 width (a multiple of 32) for swiglu
    norm: Literal["layer", "rms"] = "rms"
    bias: bool = False
    tied_head: bool = True
    dropout: float = Field(default=0.0, ge=0, lt=1)
    qk_norm: bool = False
    zero_init: bool = False  # output projections start at zero
    input_skips: bool = False  # learned skips from the embedding into every layer
    value_embeddings: bool = False  # a token embedding added to the values of every second attention layer
    bigram_buckets: int = Field(default=0, ge=0)  # hashed embedding of (previous, current) token; 0: off

    @model_validator(mode="before")
    @classmethod
    def _fill_in_preset(cls, given: object) -> object:
        if isinstance(given, dict) and given.get("preset") in PRESETS:
            return {**PRESETS[given["preset"]], **given}
        return given

    @model_validator(mode="after")
    def _check_combinations(self) -> "Model":
        if self.width % self.heads:
            raise ValueError(f"width={self.width} is not divisible by heads={self.heads}")
        if self.heads % (self.key_value_heads or self.heads):
            raise ValueError(f"heads={self.heads} is not divisible by key_value_heads={self.key_value_heads}")
        if self.positions == "rope" and (self.width // self.heads) % 2:
            raise ValueError(
                f"positions=rope needs an even head width, and width={self.width} / heads={self.heads} is odd"
            )
        if self.positions == "sinusoidal" and self.width % 2:
            raise ValueError(f"positions=sinusoidal needs an even width, not {self.width}")
        if self.window is not None and self.window > self.context:
            raise ValueError(f"window={self.window} is larger than context={self.context}")
        self.mixers()
        return self

    def mixers(self) -> list[str]:
        """The layer pattern spelled out: `"a*2 b"` gives `["a", "a", "b"]`."""
        names: list[str] = []
        for item in self.layers.split():
            name, _, times = item.partition("*")
            if name not in MIXERS:
                raise ValueError(f"layers: there is no mixer named '{name}'; there is {', '.join(MIXERS)}")
            if times and not (times.isdecimal() and len(times) <= 4 and int(times) > 0):
                raise ValueError(f"layers: '{item}' needs a number from 1 to 9999 after the star, such as '{name}*4'")
            names += [name] * int(times or 1)
        if not names:
            raise ValueError("layers is empty; for example 'attention*8'")
        return names

    def hidden_width(self) -> int:
        """Width of the feed-forward's hidden layer."""
        if self.feed_forward_width is not None:
            return self.feed_forward_width
        if self.feed_forward == "swiglu":
            return -(-8 * self.width // 3 // 32) * 32
        return 4 * self.width


MIXERS = ("attention",)


class Training(Section):
    """How the weights are found. Exactly one of `steps` and `minutes` says for how long."""

    steps: int | None = Field(default=None, ge=1)
    minutes: float | None = Field(default=None, gt=0)  # of training; the schedule follows the clock
    batch_tokens: int = Field(default=8192, ge=2)  # tokens a step over all devices
    accumulation: int = Field(default=1, ge=1)  # micro-batches a step
    rows: Literal["packed", "story", "window"] = "packed"
    stride: int | None = Field(
        default=None, ge=1
    )  # rows=window: tokens between the starts of two windows; none: the context
    isolate_stories: bool = False  # attention does not cross story starts in a packed row
    optimizer: Literal["adamw", "muon"] = "adamw"
    learning_rate: float = Field(default=1e-3, gt=0)
    muon_learning_rate: float = Field(default=0.02, gt=0)  # for the matrices, where optimizer=muon
    betas: tuple[float, float] = (0.9, 0.95)
    weight_decay: float = Field(default=0.1, ge=0)
    schedule: Literal["constant", "cosine", "wsd"] = "cosine"
    warmup_steps: int = Field(default=50, ge=0)
    decay_fraction: float = Field(default=0.5, gt=0, le=1)  # wsd: the last share of the steps
    final_rate: float = Field(default=0.1, ge=0, le=1)  # of the peak rate, at the last step
    clip: float | None = Field(default=1.0, gt=0)  # norm of the whole gradient
    precision: Literal["auto", "fp32", "bf16", "fp16"] = "auto"
    compile: Literal["auto", "on", "off"] = "auto"
    activation_checkpointing: bool = False
    device: Literal["auto", "cpu", "cuda"] = "auto"
    seed: int = Field(default=0, ge=0)
    evaluate_every: int = Field(default=500, ge=1)  # steps
    sample_every: int = Field(default=500, ge=1)
    checkpoint_every: int = Field(default=500, ge=1)

    @model_validator(mode="after")
    def _check_combinations(self) -> "Training":
        if (self.steps is None) == (self.minutes is None):
            raise ValueError("give exactly one of steps and minutes")
        if self.stride is not None and self.rows != "window":
            raise ValueError("stride is for rows=window only")
        return self


class Generation(Section):
    """How samples are told during training, and the defaults of `narrator tell`."""

    prompts: tuple[str, ...] = ("Once upon a time",)
    temperature: float = Field(default=0.8, ge=0)  # 0: greedy
    top_k: int | None = Field(default=None, ge=1)
    top_p: float | None = Field(default=None, gt=0, le=1)
    min_p: float | None = Field(default=None, ge=0, le=1)
    repetition_penalty: float = Field(default=1.0, gt=0)
    no_repeat_ngram: int | None = Field(default=None, ge=1)
    max_tokens: int = Field(default=400, ge=1)


class Evaluation(Section):
    """How much of the validation split is scored, and how."""

    stories_in_training: int = Field(
        default=200, ge=1
    )  # for the evaluations at intervals; the final one takes the whole split
    stride: int | None = Field(default=None, ge=1)  # of the sliding window over long stories; none: half the context


class Tracking(Section):
    """Mirrors of metrics.jsonl, which is always written."""

    wandb: bool = False
    wandb_project: str = "pocket-narrator"
    tensorboard: bool = False


class Recipe(Section):
    """Everything one run needs."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    about: str = ""
    corpus: Corpus
    tokenizer: Tokenizer = Tokenizer()
    model: Model = Model()
    training: Training
    generation: Generation = Generation()
    evaluation: Evaluation = Evaluation()
    tracking: Tracking = Tracking()

    @model_validator(mode="after")
    def _check_combinations(self) -> "Recipe":
        rows, remainder = divmod(self.training.batch_tokens, self.model.context)
        if rows == 0 or remainder or rows % self.training.accumulation:
            raise ValueError(
                f"training.batch_tokens={self.training.batch_tokens} must be a multiple of "
                f"model.context={self.model.context} x training.accumulation={self.training.accumulation}"
            )
        if self.training.stride is not None and self.training.stride > self.model.context:
            raise ValueError(
                f"training.stride={self.training.stride} is larger than model.context={self.model.context}"
            )
        if self.evaluation.stride is not None and self.evaluation.stride > self.model.context:
            raise ValueError(
                f"evaluation.stride={self.evaluation.stride} is larger than model.context={self.model.context}"
            )
        return self
