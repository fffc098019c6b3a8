"""Any causal model of Hugging Face's behind `LanguageModel`, so that published models stand in the same tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from pocket_narrator.errors import NarratorError
from pocket_narrator.models.published.pretrained import load_pretrained
from pocket_narrator.tokenizers import Tokenizer

PREFIX = "hf:"
CONTEXT_KEYS = ("max_position_embeddings", "n_positions", "n_ctx", "max_seq_len", "seq_length")
LOOK_AHEAD_TOKENS = 16  # that a model is tried on at loading
UNLIMITED_CONTEXT = 2048  # of models that name no limit, such as Mamba


@dataclass
class HuggingFaceState:
    """Tokens read so far by each row; with the model's cache of them where it has one that can be cut and joined."""

    model: "HuggingFaceModel"
    histories: list[list[int]]
    logits_BV: Tensor
    cache: Any = None
    padding_B: Tensor | None = None  # tokens of padding to the left of each row in the cache

    def select(self, rows: Tensor) -> "HuggingFaceState":
        """Some rows."""
        wanted = rows.tolist()
        histories = [list(self.histories[row]) for row in wanted]
        if self.cache is None or self.padding_B is None:
            return HuggingFaceState(self.model, histories, self.logits_BV[rows])
        import copy

        cache = copy.deepcopy(self.cache)
        cache.batch_select_indices(rows)
        return HuggingFaceState(self.model, histories, self.logits_BV[rows], cache, self.padding_B[rows])

    def join(self, other: "HuggingFaceState") -> "HuggingFaceState":
        """Rows of both; caches of unlike lengths are read anew."""
        return self.model.start([own[-self.model.context :] for own in (*self.histories, *other.histories)])


class HuggingFaceModel:
    """A causal model by the folder or id; its tokenizer has to be byte-level (GPT-2, GPT-Neo and their like)."""

    def __init__(self, model: Any, tokenizer: Tokenizer, name: str) -> None:
        """`model` is a transformers causal model in evaluation mode."""
        self._model = model
        self.tokenizer = tokenizer
        self.name = name
        self.vocabulary_size = tokenizer.vocabulary_size
        """Ids that can be told; a model may have some more, which only pad its matrices."""
        limits = [getattr(model.config, key, None) for key in CONTEXT_KEYS]
        self.context = min(
            (limit for limit in limits if isinstance(limit, int) and limit > 0), default=UNLIMITED_CONTEXT
        )
        known = int(model.config.vocab_size)
        if tokenizer.vocabulary_size > known:
            raise NarratorError(
                f"the tokenizer has {tokenizer.vocabulary_size:,} tokens and the model {known:,}", where=name
            )
        self._refuse_a_model_that_looks_ahead()

    @classmethod
    def load(cls, source: str) -> "HuggingFaceModel":
        """`hf:ID-or-path`, or without the `hf:`. Raises MissingExtraError, TokenizerError, or NarratorError where there is
        no such model or it cannot be downloaded."""
        source = source.removeprefix(PREFIX)
        tokenizer, model = load_pretrained(source, "AutoModelForCausalLM")
        backend = getattr(tokenizer, "backend_tokenizer", None)
        if backend is None:
            raise NarratorError("the model has no fast tokenizer (tokenizer.json)", where=source)
        device = "cuda" if torch.cuda.is_available() else "cpu"
        return cls(model.to(device), Tokenizer(backend.to_str(), where=source), source)

    @torch.no_grad()
    def _refuse_a_model_that_looks_ahead(self) -> None:
        """NarratorError where a logit depends on a token after its own, as with BERT: likelihoods would be of what was seen.

        Same shapes, same order of sums: a causal model's logits are the same but for the noise of some GPU kernels.
        """
        length = min(LOOK_AHEAD_TOKENS, self.context)
        tokens_BT = torch.arange(3 * length, device=self.device).reshape(3, length) % self.vocabulary_size
        tokens_BT[1:, :-1] = tokens_BT[0, :-1]  # three rows that differ in their last token alone
        logits_BTV = self._model(input_ids=tokens_BT, use_cache=False).logits[:, :-1].float()
        noise = 1e-5 * float(logits_BTV.abs().max())
        if length > 1 and float((logits_BTV[1:] - logits_BTV[:1]).abs().max()) > noise:
            raise NarratorError(
                "the model looks ahead: its logits for a token depend on the tokens after it",
                where=self.name,
                expected="a causal language model; masked ones such as BERT see what they would have to predict",
                hint="take a model that generates from left to right, such as openai-community/gpt2",
            )

    @property
    def device(self) -> torch.device:
        """Of the weights."""
        return self._model.device

    @property
    def parameters(self) -> int:
        """All weights, those that are tied counted once."""
        return sum(parameter.numel() for parameter in self._model.parameters())

    @property
    def non_embedding_parameters(self) -> int:
        """Without the tables that are only looked up, as of our own models: a tied one is the head, and counts."""
        head = self._model.get_output_embeddings()
        tables = [module.weight for module in self._model.modules() if isinstance(module, torch.nn.Embedding)]
        looked_up = {id(table): table.numel() for table in tables if head is None or table is not head.weight}
        return self.parameters - sum(looked_up.values())

    @torch.no_grad()
    def logits(self, tokens_BT: Tensor) -> Tensor:
        """[B, T, V], float32."""
        return self._model(input_ids=tokens_BT, use_cache=False).logits[..., : self.vocabulary_size].float()

    @torch.no_grad()
    def log_probs(self, tokens_BT: Tensor) -> Tensor:
        """log p(token t + 1 | tokens <= t): [B, T - 1], float32, nats."""
        logits = self._model(input_ids=tokens_BT[:, :-1], use_cache=False).logits.float()
        chosen = logits.gather(2, tokens_BT[:, 1:, None])[:, :, 0]
        return chosen - logits.logsumexp(dim=-1)

    @torch.no_grad()
    def start(self, prompts: Sequence[Sequence[int]]) -> HuggingFaceState:
        """The state after reading one prompt a row, end-of-text token included."""
        assert all(0 < len(prompt) <= self.context for prompt in prompts)
        histories = [list(prompt) for prompt in prompts]
        longest = max(map(len, histories))
        padding = torch.tensor([longest - len(own) for own in histories], device=self.device)
        tokens = torch.zeros((len(histories), longest), dtype=torch.long)
        for row, own in enumerate(histories):
            tokens[row, longest - len(own) :] = torch.tensor(own)
        columns = torch.arange(longest, device=self.device)
        if not self._can_cache():
            logits = torch.cat([self._last_logits(own) for own in histories])
            return HuggingFaceState(self, histories, logits)
        output = self._model(
            input_ids=tokens.to(self.device),
            attention_mask=(columns >= padding[:, None]).long(),
            position_ids=(columns - padding[:, None]).clamp(min=0),
            use_cache=True,
        )
        return HuggingFaceState(self, histories, output.logits[:, -1].float(), output.past_key_values, padding)

    def next_logits(self, state: HuggingFaceState) -> Tensor:
        """[B, V], float32."""
        return state.logits_BV[:, : self.vocabulary_size]

    @torch.no_grad()
    def advance(self, state: HuggingFaceState, tokens_B: Tensor) -> HuggingFaceState:
        """One more token a row. When a row has filled the context, all rows go on from their last half context."""
        for own, token in zip(state.histories, tokens_B.tolist(), strict=True):
            own.append(token)
        if state.cache is None or state.padding_B is None:
            state.logits_BV = torch.cat([self._last_logits(own) for own in state.histories])
            return state
        length = state.cache.get_seq_length()
        if length >= self.context:
            kept = max(1, self.context // 2)
            return self.start([own[-kept:] for own in state.histories])
        columns = torch.arange(length + 1, device=self.device)
        output = self._model(
            input_ids=tokens_B[:, None],
            attention_mask=(columns >= state.padding_B[:, None]).long(),
            position_ids=(length - state.padding_B)[:, None],
            past_key_values=state.cache,
            use_cache=True,
        )
        state.logits_BV, state.cache = output.logits[:, -1].float(), output.past_key_values
        return state

    def _can_cache(self) -> bool:
        """Whether the model reads positions and keeps keys and values; a recurrent one reads its history anew."""
        import inspect

        return {"position_ids", "past_key_values"} <= set(inspect.signature(self._model.forward).parameters)

    def _last_logits(self, history: list[int]) -> Tensor:
        tokens = torch.tensor([history[-self.context :]], device=self.device)
        return self._model(input_ids=tokens, use_cache=False).logits[:, -1].float()
