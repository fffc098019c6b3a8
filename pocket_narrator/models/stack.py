"""The decoder stack: embedding, layers (a mixer and a feed-forward network), final norm, head. Every family is one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from pocket_narrator.models.kernels.cross_entropy import linear_cross_entropy, linear_log_probs
from pocket_narrator.models.layers import FeedForward, Norm
from pocket_narrator.models.mixers import MixerState, make_mixer
from pocket_narrator.models.positions import AbsolutePositions, positions_in_story
from pocket_narrator.recipe.mixers import mixer_kind
from pocket_narrator.recipe.schema import ModelConfig

BEFORE_FIRST = 0  # what the bigram table takes for the token before the first
EMBEDDING_DEVIATION = 0.02
BIGRAM_BEFORE, BIGRAM_TOKEN = 36_313, 27_191  # factors of the hash of the token before, and of the token


class Layer(nn.Module):
    """x + mixer(norm(x)), then x + feed_forward(norm(x)): the pre-norm residual layer (Xiong et al. 2020). Layers of a
    state-space mixer have no feed-forward network (Gu & Dao 2023, section 3.4)."""

    def __init__(self, model: ModelConfig, index: int, has_values: bool) -> None:
        super().__init__()
        self.mixer_norm = Norm(model.norm, model.width, model.bias, model.norm_epsilon)
        self.mixer = make_mixer(model, index)
        self.feed_forward: FeedForward | None = None
        if mixer_kind(model.mixers()[index]).has_feed_forward:
            self.feed_forward_norm = Norm(model.norm, model.width, model.bias, model.norm_epsilon)
            self.feed_forward = FeedForward(model.width, model.hidden_width(), model.feed_forward, model.bias)
        self.dropout = nn.Dropout(model.dropout)
        self.skip = nn.Parameter(torch.tensor([1.0, 0.0])) if model.input_skips else None
        self.has_values = has_values

    def forward(self, x: Tensor, embedded: Tensor, starts_BT: Tensor | None, values: Tensor | None) -> Tensor:
        """The parallel form; `embedded` is the stack's input, `values` this layer's value embedding."""
        x = self._with_skip(x, embedded)
        return self._fed_forward(x + self.dropout(self.mixer(self.mixer_norm(x), starts_BT, values)))

    def forward_from(
        self, x: Tensor, embedded: Tensor, state: MixerState, starts_BT: Tensor | None, values: Tensor | None
    ) -> tuple[Tensor, MixerState]:
        """The parallel form for one window of a longer text; see `Mixer.forward_from`."""
        x = self._with_skip(x, embedded)
        mixed, state = self.mixer.forward_from(self.mixer_norm(x), state, starts_BT, values)
        return self._fed_forward(x + self.dropout(mixed)), state

    def prefill(
        self, x: Tensor, embedded: Tensor, state: MixerState, lengths_B: Tensor, values: Tensor | None
    ) -> tuple[Tensor, MixerState]:
        """The recurrent form, for telling."""
        x = self._with_skip(x, embedded)
        mixed, state = self.mixer.prefill(self.mixer_norm(x), state, lengths_B, values)
        return self._fed_forward(x + mixed), state

    def _fed_forward(self, x: Tensor) -> Tensor:
        if self.feed_forward is None:
            return x
        return x + self.dropout(self.feed_forward(self.feed_forward_norm(x)))

    def _with_skip(self, x: Tensor, embedded: Tensor) -> Tensor:
        return x if self.skip is None else self.skip[0] * x + self.skip[1] * embedded


@dataclass(slots=True)
class StackState:
    """What a stack remembers of each row: its mixers' states, and the tokens that a restart needs."""

    mixers: list[MixerState]
    hidden_BC: Tensor  # final hidden state of the last token
    positions_B: Tensor  # tokens read since the last (re)start
    recent_BT: Tensor  # the last `context` tokens, right-aligned
    seen_B: Tensor  # tokens read in all

    def select(self, rows: Tensor) -> Self:
        mixers = [mixer.select(rows) for mixer in self.mixers]
        return type(self)(mixers, self.hidden_BC[rows], self.positions_B[rows], self.recent_BT[rows], self.seen_B[rows])

    def join(self, other: Self) -> Self:
        mixers = [mine.join(theirs) for mine, theirs in zip(self.mixers, other.mixers, strict=True)]
        tensors = [
            torch.cat([getattr(self, name), getattr(other, name)])
            for name in ("hidden_BC", "positions_B", "recent_BT", "seen_B")
        ]
        return type(self)(mixers, *tensors)


@dataclass(slots=True)
class CarriedState:
    """What a window of a longer text hands to the next one."""

    mixers: list[MixerState]
    before_B: Tensor  # the last token

    def select(self, rows: Tensor) -> "CarriedState":
        """Some rows, in the order given; a copy."""
        return CarriedState([state.select(rows) for state in self.mixers], self.before_B[rows])


class DecoderStack(nn.Module):
    """A `LanguageModel` made of layers. Legend: B rows, T tokens, C width, V vocabulary."""

    def __init__(self, model: ModelConfig, vocabulary_size: int) -> None:
        super().__init__()
        self.model = model
        mixers = model.mixers()
        self.embedding = nn.Embedding(vocabulary_size, model.width)
        absolute = model.positions in ("learned", "sinusoidal")
        self.positions = AbsolutePositions(model.positions, model.context, model.width) if absolute else None
        self.bigrams = nn.Embedding(model.bigram_buckets, model.width) if model.bigram_buckets else None
        takes_values = [mixer_kind(name).takes_values for name in mixers]
        with_values = [model.value_embeddings and i % 2 == 1 and takes for i, takes in enumerate(takes_values)]
        value_width = (model.key_value_heads or model.heads) * (model.width // model.heads)
        self.values = nn.ModuleList(nn.Embedding(vocabulary_size, value_width) for has in with_values if has)
        self.dropout = nn.Dropout(model.dropout)
        self.layers = nn.ModuleList(Layer(model, index, has) for index, has in enumerate(with_values))
        self.norm = Norm(model.norm, model.width, model.bias, model.norm_epsilon)
        self.head = None if model.tied_head else nn.Linear(model.width, vocabulary_size, bias=False)
        self._initialise()

    @property
    def vocabulary_size(self) -> int:
        return self.embedding.num_embeddings

    @property
    def context(self) -> int:
        return self.model.context

    @property
    def device(self) -> torch.device:
        return self.embedding.weight.device

    def _initialise(self) -> None:
        """Normal weights of deviation 0.02 for tables and 1/(2 sqrt(fan in)) for products; what is added to the residual
        stream starts smaller by the root of the number of such sums (Radford et al. 2019), or at zero."""
        for module in self.modules():
            if isinstance(module, nn.Embedding):
                nn.init.normal_(module.weight, std=EMBEDDING_DEVIATION)
            elif isinstance(module, nn.Linear):
                nn.init.normal_(module.weight, std=0.5 * module.in_features**-0.5)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
        if self.positions is not None and self.model.positions == "learned":
            nn.init.normal_(self.positions.table, std=EMBEDDING_DEVIATION)
        if self.bigrams is not None:
            nn.init.zeros_(self.bigrams.weight)
        branches = []
        for layer in self._layers():
            layer.mixer.initialise()
            branches.append(layer.mixer.out)
            if layer.feed_forward is not None:
                branches.append(layer.feed_forward.down)
        for projection in branches:
            if self.model.zero_init:
                nn.init.zeros_(projection.weight)
            else:
                projection.weight.data.mul_(len(branches) ** -0.5)

    # ---- training and scoring: the parallel form

    def forward(self, tokens_BT: Tensor, starts_BT: Tensor | None = None) -> Tensor:
        """Final hidden states [B, T, C]. Where `starts_BT` is given, nothing crosses a story start."""
        if starts_BT is None:
            positions = torch.arange(tokens_BT.shape[1], device=tokens_BT.device)[None]
        else:
            positions = positions_in_story(starts_BT)
        before = torch.nn.functional.pad(tokens_BT, (1, 0), value=BEFORE_FIRST)[:, :-1]
        if starts_BT is not None:
            before = before.masked_fill(starts_BT, BEFORE_FIRST)
        x = embedded = self._embed(tokens_BT, before, positions)
        for layer, values in zip(self.layers, self._value_tables(), strict=True):
            inputs = (x, embedded, starts_BT, None if values is None else values(tokens_BT))
            x = checkpoint(layer, *inputs, use_reentrant=False) if self._recompute() else layer(*inputs)
        return self.norm(x)

    activation_checkpointing = False

    def _recompute(self) -> bool:
        return self.activation_checkpointing and self.training and torch.is_grad_enabled()

    def loss(self, inputs_BT: Tensor, targets_BT: Tensor, starts_BT: Tensor | None = None) -> Tensor:
        """Sum of -log p(target) in nats over the targets that are not -100."""
        hidden = self(inputs_BT, starts_BT)
        return linear_cross_entropy(hidden.flatten(0, 1), self.head_weight, targets_BT.flatten())

    def loss_with_state(
        self, inputs_BT: Tensor, targets_BT: Tensor, starts_BT: Tensor, carried: CarriedState
    ) -> tuple[Tensor, CarriedState]:
        """`loss` of one window of longer texts, that goes on from the state that the window before has left (truncated
        back-propagation: no gradient goes back into it), and the state that this one leaves."""
        hidden, carried = self._forward_from(inputs_BT, starts_BT, carried)
        return linear_cross_entropy(hidden.flatten(0, 1), self.head_weight, targets_BT.flatten()), carried

    @torch.no_grad()
    def log_probs_from(self, tokens_BT: Tensor, carried: CarriedState) -> tuple[Tensor, CarriedState]:
        """`log_probs` of one window of longer texts, and the state after all of its tokens but the last, which begins the
        next window."""
        inputs, targets = tokens_BT[:, :-1], tokens_BT[:, 1:]
        hidden, carried = self._forward_from(inputs, torch.zeros_like(inputs, dtype=torch.bool), carried)
        log_probs = linear_log_probs(hidden.flatten(0, 1), self.head_weight, targets.flatten())
        return log_probs.view(targets.shape), carried

    def _forward_from(self, inputs_BT: Tensor, starts_BT: Tensor, carried: CarriedState) -> tuple[Tensor, CarriedState]:
        before = torch.cat([carried.before_B[:, None], inputs_BT[:, :-1]], dim=1).masked_fill(starts_BT, BEFORE_FIRST)
        x = embedded = self._embed(inputs_BT, before, positions_in_story(starts_BT))
        mixers = []
        for layer, values, state in zip(self._layers(), self._value_tables(), carried.mixers, strict=True):
            inputs = (x, embedded, state, starts_BT, None if values is None else values(inputs_BT))
            if self._recompute():
                x, state = checkpoint(layer.forward_from, *inputs, use_reentrant=False)
            else:
                x, state = layer.forward_from(*inputs)
            mixers.append(state)
        return self.norm(x), CarriedState(mixers, inputs_BT[:, -1])

    def initial_state(self, rows: int) -> CarriedState:
        """The state before the first window."""
        before = torch.full((rows,), BEFORE_FIRST, dtype=torch.long, device=self.device)
        return CarriedState([layer.mixer.start(rows) for layer in self._layers()], before)

    @torch.no_grad()
    def log_probs(self, tokens_BT: Tensor) -> Tensor:
        """log p(token t + 1 | tokens <= t): [B, T - 1], float32, nats."""
        hidden = self(tokens_BT[:, :-1])
        targets = tokens_BT[:, 1:]
        return linear_log_probs(hidden.flatten(0, 1), self.head_weight, targets.flatten()).view(targets.shape)

    @torch.no_grad()
    def logits(self, tokens_BT: Tensor) -> Tensor:
        """[B, T, V], float32."""
        return self._logits(self(tokens_BT))

    def _logits(self, hidden: Tensor) -> Tensor:
        return (hidden @ self.head_weight.to(hidden.dtype).t()).float()

    @property
    def head_weight(self) -> Tensor:
        """[V, C]: the head's own, or the embedding's where they are tied."""
        return self.embedding.weight if self.head is None else self.head.weight

    def _embed(self, tokens_BT: Tensor, before_BT: Tensor, positions_BT: Tensor) -> Tensor:
        x = self.embedding(tokens_BT)
        if self.positions is not None:
            x = x + self.positions(positions_BT)
        if self.bigrams is not None:
            x = x + self.bigrams(bigram_bucket(before_BT, tokens_BT, self.bigrams.num_embeddings))
        return self.dropout(x)

    def _layers(self) -> list[Layer]:
        return [layer for layer in self.layers if isinstance(layer, Layer)]

    def _value_tables(self) -> list[nn.Module | None]:
        tables = iter(self.values)
        return [next(tables) if layer.has_values else None for layer in self.layers]

    # ---- telling: the recurrent form

    @torch.no_grad()
    def start(self, prompts: Sequence[Sequence[int]]) -> StackState:
        """The state after reading one prompt a row, end-of-text token included."""
        assert all(0 < len(prompt) <= self.context for prompt in prompts)
        rows, length = len(prompts), max(len(prompt) for prompt in prompts)
        tokens = torch.full((rows, length), BEFORE_FIRST, dtype=torch.long)
        for row, prompt in enumerate(prompts):
            tokens[row, : len(prompt)] = torch.tensor(prompt)
        lengths = torch.tensor([len(prompt) for prompt in prompts], device=self.device)
        return self._read(self.blank(rows), tokens.to(self.device), lengths)

    @torch.no_grad()
    def next_logits(self, state: StackState) -> Tensor:
        """[B, V], float32."""
        return self._logits(state.hidden_BC)

    @torch.no_grad()
    def advance(self, state: StackState, tokens_B: Tensor) -> StackState:
        """Reads one token a row. A row whose absolute positions are used up starts again from its last half context."""
        if self.positions is not None:
            full = state.positions_B >= self.context
            if full.any():
                state = self.restart(state, full)
        return self.read_one(state, tokens_B)

    @torch.no_grad()
    def read_one(self, state: StackState, tokens_B: Tensor) -> StackState:
        """`advance` where no row's absolute positions are used up: nothing here waits for the device."""
        return self._read(state, tokens_B[:, None], torch.ones_like(tokens_B))

    def blank(self, rows: int) -> StackState:
        """The state before the first token."""
        zeros = torch.zeros(rows, dtype=torch.long, device=self.device)
        recent = torch.full((rows, self.context), BEFORE_FIRST, device=self.device)
        hidden = torch.zeros(rows, self.model.width, device=self.device, dtype=self.embedding.weight.dtype)
        return StackState([layer.mixer.start(rows) for layer in self._layers()], hidden, zeros, recent, zeros.clone())

    @torch.no_grad()
    def restart(self, state: StackState, full_B: Tensor) -> StackState:
        """The state in which the rows of `full_B` begin again, with the last half of their context."""
        kept = self.context // 2
        again = torch.nonzero(full_B).flatten()
        others = torch.nonzero(~full_B).flatten()
        lengths = torch.full_like(again, kept)
        fresh = self._read(self.blank(len(again)), state.recent_BT[again, -kept:], lengths)
        fresh.seen_B = state.seen_B[again]
        joined = fresh.join(state.select(others))
        return joined.select(torch.argsort(torch.cat([again, others])))

    def _read(self, state: StackState, tokens_BT: Tensor, lengths_B: Tensor) -> StackState:
        T = tokens_BT.shape[1]
        offsets = torch.arange(T, device=tokens_BT.device)
        before = torch.cat([state.recent_BT[:, -1:], tokens_BT[:, :-1]], dim=1)
        positions = (state.positions_B[:, None] + offsets).clamp(max=self.context - 1)  # padding may lie past the end
        x = embedded = self._embed(tokens_BT, before, positions if self.positions is not None else positions[:1])
        mixers = []
        for layer, values, mixer in zip(self._layers(), self._value_tables(), state.mixers, strict=True):
            x, mixer = layer.prefill(x, embedded, mixer, lengths_B, None if values is None else values(tokens_BT))
            mixers.append(mixer)
        last = (lengths_B - 1)[:, None, None].expand(-1, 1, x.shape[-1])
        hidden = self.norm(x.gather(1, last)[:, 0])
        window = torch.cat([state.recent_BT, tokens_BT], dim=1)
        recent = window.gather(1, lengths_B[:, None] + torch.arange(self.context, device=tokens_BT.device))
        return StackState(mixers, hidden, state.positions_B + lengths_B, recent, state.seen_B + lengths_B)


def bigram_bucket(before: Tensor, tokens: Tensor, buckets: int) -> Tensor:
    """The row of the bigram table for (previous token, token): a multiplicative hash."""
    return (before * BIGRAM_BEFORE + tokens * BIGRAM_TOKEN) % buckets
