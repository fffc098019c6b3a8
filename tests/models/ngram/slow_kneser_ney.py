"""Modified Kneser-Ney with dictionaries, straight from the formulas: what the fast model is held against."""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence

Gram = tuple[object, ...]
START, END = "<start>", "<end>"


class SlowKneserNey:
    """Chen & Goodman 1999, section 3.4, interpolated down to the uniform distribution over `vocabulary_size` tokens."""

    def __init__(self, stories: Sequence[Sequence[int]], vocabulary_size: int, order: int) -> None:
        self.vocabulary_size = vocabulary_size
        self.order = order
        raw: list[Counter[Gram]] = [Counter() for _ in range(order + 1)]
        for story in stories:
            told = (START, *story, END)
            for k in range(1, order + 1):
                for i in range(len(told) - k + 1):
                    raw[k][told[i : i + k]] += 1
        del raw[1][(START,)]  # never predicted
        self.counts: list[dict[Gram, int]] = [{}]
        for k in range(1, order + 1):
            if k == order:
                self.counts.append(dict(raw[k]))
                continue
            before: dict[Gram, set[object]] = defaultdict(set)
            for gram in raw[k + 1]:
                before[gram[1:]].add(gram[0])
            self.counts.append(
                {gram: count if gram[0] == START else len(before[gram]) for gram, count in raw[k].items()}
            )
        self.discounts = [(0.0, 0.0, 0.0), *(self._discounts(counts) for counts in self.counts[1:])]

    def probability(self, token: object, context: Sequence[object]) -> float:
        """p(token | context), the context beginning with START where it is that of a whole story."""
        return self._interpolated(token, tuple(context)[max(0, len(context) - self.order + 1) :])

    def log_prob(self, token: object, context: Sequence[object]) -> float:
        return math.log(self.probability(token, context))

    def _interpolated(self, token: object, context: Gram) -> float:
        k = len(context) + 1
        followers = {gram[-1]: count for gram, count in self.counts[k].items() if gram[:-1] == context}
        total = sum(followers.values())
        lower = 1 / self.vocabulary_size if k == 1 else self._interpolated(token, context[1:])
        if total == 0:
            return lower
        freed = sum(self._discount(k, count) for count in followers.values())
        count = followers.get(token, 0)
        return (count - self._discount(k, count)) / total + freed / total * lower

    def _discount(self, k: int, count: int) -> float:
        return 0.0 if count == 0 else self.discounts[k][min(count, 3) - 1]

    @staticmethod
    def _discounts(counts: dict[Gram, int]) -> tuple[float, float, float]:
        n = [sum(count == i for count in counts.values()) for i in range(5)]
        if min(n[1:]) == 0:
            return 0.5, 1.0, 1.5
        y = n[1] / (n[1] + 2 * n[2])
        found = (1 - 2 * y * n[2] / n[1], 2 - 3 * y * n[3] / n[2], 3 - 4 * y * n[4] / n[3])
        if not all(0 < d <= i for i, d in enumerate(found, 1)):
            return 0.5, 1.0, 1.5
        return found
