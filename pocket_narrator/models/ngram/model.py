"""The N-gram as a `LanguageModel`. Legend: B rows, T tokens, V vocabulary."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import torch
from torch import Tensor

from pocket_narrator.errors import CheckpointError
from pocket_narrator.models.language_model import UNLIMITED
from pocket_narrator.models.ngram.counting import count_ngrams
from pocket_narrator.models.ngram.scoring import log_distribution, score
from pocket_narrator.models.ngram.smoothing import smooth
from pocket_narrator.models.ngram.tables import NGramTable

MOST_TOKENS = 2**31 - 2  # of a text: places in it are 32 bits wide


@dataclass(slots=True)
class NGramState:
    """The tokens of each row that the next prediction looks at."""

    contexts: list[list[int]]

    def select(self, rows: Tensor) -> Self:
        return type(self)([list(self.contexts[row]) for row in rows.tolist()])

    def join(self, other: Self) -> Self:
        return type(self)([list(context) for context in (*self.contexts, *other.contexts)])


class NGramModel:
    """Interpolated modified Kneser-Ney of some order; no context reaches back across an end-of-text."""

    def __init__(self, tables: Sequence[NGramTable], end_of_text: int, discounts: np.ndarray) -> None:
        """Use `train` or `from_tensors`. discounts: [orders, 3], kept for the record."""
        self.tables = tables
        self.end_of_text = end_of_text
        self.discounts = discounts
        self._log_unigrams = np.log(tables[0].probabilities.astype(np.float64))

    @classmethod
    def train(
        cls,
        tokens: np.ndarray,
        vocabulary_size: int,
        order: int,
        end_of_text: int,
        advance: Callable[[], object] = lambda: None,
    ) -> Self:
        """Counts and smooths `tokens` (uint16 or uint32): stories, each after its end-of-text, and one more at the end.

        `advance` is called once an order. MemoryError where there is too little.
        """
        assert tokens[0] == tokens[-1] == end_of_text
        assert len(tokens) - 1 <= MOST_TOKENS
        levels = count_ngrams(tokens, vocabulary_size, order, end_of_text, advance)
        tables, discounts = smooth(levels, vocabulary_size)
        return cls(tables, end_of_text, discounts)

    @property
    def order(self) -> int:
        return len(self.tables)

    @property
    def vocabulary_size(self) -> int:
        return len(self.tables[0].tokens)

    @property
    def context(self) -> int:
        """Any prompt will do, and any story is read whole; only the last `order` - 1 tokens count."""
        return UNLIMITED

    @property
    def device(self) -> torch.device:
        return torch.device("cpu")

    @property
    def parameters(self) -> int:
        """Probabilities and back-off weights."""
        return sum(len(t.probabilities) + (0 if t.backoffs is None else len(t.backoffs)) for t in self.tables)

    # ---- a LanguageModel

    def log_probs(self, tokens_BT: Tensor) -> Tensor:
        """log p(token t + 1 | tokens <= t): [B, T - 1], float32, nats."""
        return torch.from_numpy(score(self.tables, self._checked(tokens_BT)).astype(np.float32))

    def logits(self, tokens_BT: Tensor) -> Tensor:
        """[B, T, V], float32: log-probabilities, one distribution after the other."""
        tokens, found = self._checked(tokens_BT), []
        for row in tokens.tolist():
            context: list[int] = []
            for token in row:
                context = self._context([*context, token])
                found.append(self._log_distribution(context))
        return torch.from_numpy(np.stack(found).reshape(*tokens.shape, -1).astype(np.float32))

    def start(self, prompts: Sequence[Sequence[int]]) -> NGramState:
        """The state after reading one prompt a row."""
        return NGramState([self._context(list(prompt)) for prompt in prompts])

    def next_logits(self, state: NGramState) -> Tensor:
        """[B, V], float32: log-probabilities."""
        rows = [self._log_distribution(context) for context in state.contexts]
        return torch.from_numpy(np.stack(rows).astype(np.float32))

    def advance(self, state: NGramState, tokens_B: Tensor) -> NGramState:
        """Reads one token a row."""
        pairs = zip(state.contexts, tokens_B.tolist(), strict=True)
        return NGramState([self._context([*context, token]) for context, token in pairs])

    def _log_distribution(self, context: Sequence[int]) -> np.ndarray:
        return log_distribution(self.tables, self._log_unigrams, context)

    def _context(self, tokens: list[int]) -> list[int]:
        recent = tokens[max(0, len(tokens) - self.order + 1) :]
        ends = [at for at, token in enumerate(recent) if token == self.end_of_text]
        return recent[ends[-1] :] if ends else recent

    def _checked(self, tokens_BT: Tensor) -> np.ndarray:
        tokens = tokens_BT.numpy()
        assert tokens.size == 0 or 0 <= tokens.min() <= tokens.max() < self.vocabulary_size
        return tokens

    # ---- as tensors, for a checkpoint

    def tensors(self) -> dict[str, Tensor]:
        """Everything that the model is, by name; `from_tensors` takes it back."""
        named = {
            f"order_{k}.{name}": torch.from_numpy(array)
            for k, table in enumerate(self.tables, start=1)
            for name, array in vars(table).items()
            if array is not None
        }
        return {**named, "discounts": torch.from_numpy(self.discounts), "end_of_text": torch.tensor(self.end_of_text)}

    @classmethod
    def from_tensors(
        cls, tensors: Mapping[str, Tensor], order: int, vocabulary_size: int, end_of_text: int, where: str
    ) -> Self:
        """Raises CheckpointError, naming the checkpoint `where`, unless they are a model of just this kind."""
        try:
            tables = [_table(tensors, k, order) for k in range(1, order + 1)]
            found = (len(tables[0].tokens), int(tensors["end_of_text"]))
            if set(tensors) != {*_names(order), "discounts", "end_of_text"}:
                raise ValueError("it has tensors that do not belong to it")
            if found != (vocabulary_size, end_of_text):
                raise ValueError(f"it is of a vocabulary of {found[0]:,} with end-of-text {found[1]}")
            _check(tables)
        except (KeyError, ValueError) as error:
            why = f"{error} is missing" if isinstance(error, KeyError) else str(error)
            raise CheckpointError(
                f"this checkpoint holds no N-gram of order {order} over {vocabulary_size:,} tokens: {why}",
                where=where,
                hint="restore the checkpoint from a copy, or train anew under another name",
            ) from None
        return cls(tables, end_of_text, tensors["discounts"].numpy())


def _names(order: int) -> list[str]:
    names = []
    for k in range(1, order + 1):
        absent = {"shorter"} if k == 1 else set()
        absent |= {"backoffs", "first"} if k == order else set()
        names += [f"order_{k}.{field.name}" for field in fields(NGramTable) if field.name not in absent]
    return names


def _table(tensors: Mapping[str, Tensor], k: int, order: int) -> NGramTable:
    prefix = f"order_{k}."
    names = [name for name in _names(order) if name.startswith(prefix)]
    return NGramTable(**{name.removeprefix(prefix): tensors[name].numpy() for name in names})


def _check(tables: Sequence[NGramTable]) -> None:
    """Raises ValueError unless every row that a table names is there: the C code does not look."""
    kinds = {"probabilities": np.float32, "backoffs": np.float32, "shorter": np.int32, "first": np.int32}
    wide = tables[0].tokens.dtype
    for k, table in enumerate(tables, start=1):
        rows = len(table.tokens)
        for name, array in vars(table).items():
            if array is not None and (array.dtype != kinds.get(name, wide) or array.ndim != 1):
                raise ValueError(f"order_{k}.{name} is of another type")
            if array is not None and len(array) != rows + (name == "first"):
                raise ValueError(f"order_{k}.{name} is of another length")
        if table.first is not None:
            below = np.concatenate([[0], table.first, [len(tables[k].tokens)]])
            if (np.diff(below) < 0).any() or table.first[-1] != below[-1]:
                raise ValueError(f"order_{k}.first points outside")
        for name, array, end in (
            ("tokens", table.tokens, len(tables[0].tokens)),
            ("shorter", table.shorter, len(tables[k - 2].tokens)),
        ):
            if array is not None and rows and not 0 <= array.min() <= array.max() < end:
                raise ValueError(f"order_{k}.{name} points outside")
    if wide not in (np.uint16, np.uint32) or (tables[0].tokens != np.arange(len(tables[0].tokens))).any():
        raise ValueError("order_1.tokens is not the vocabulary")
