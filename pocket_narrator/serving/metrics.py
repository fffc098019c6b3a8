"""Counters in Prometheus' text format."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)  # seconds


@dataclass
class Histogram:
    """How long something took."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))
    total: float = 0.0

    def observe(self, seconds: float) -> None:
        self.counts[bisect_left(BUCKETS, seconds)] += 1
        self.total += seconds

    def lines(self, name: str) -> list[str]:
        lines, below = [], 0
        for bound, count in zip((*BUCKETS, "+Inf"), self.counts, strict=True):
            below += count
            lines.append(f'{name}_bucket{{le="{bound}"}} {below}')
        return [*lines, f"{name}_sum {self.total:.6f}", f"{name}_count {below}"]


@dataclass
class Metrics:
    """What a server has done; for one thread."""

    requests: Counter[tuple[str, int]] = field(default_factory=Counter)  # by path and status
    refused: int = 0
    disconnects: int = 0
    prompt_tokens: int = 0
    first_token: Histogram = field(default_factory=Histogram)
    request: Histogram = field(default_factory=Histogram)

    def text(self, gauges: Mapping[str, tuple[str, float]]) -> str:
        """gauges: further numbers by name, each with its kind."""
        lines = ["# TYPE narrator_requests_total counter"]
        for (path, status), count in sorted(self.requests.items()):
            lines.append(f'narrator_requests_total{{path="{path}",status="{status}"}} {count}')
        counters = {"refused": self.refused, "disconnects": self.disconnects, "prompt_tokens": self.prompt_tokens}
        numbers = {f"{name}_total": ("counter", count) for name, count in counters.items()}
        for name, (kind, value) in (*numbers.items(), *gauges.items()):
            lines += [f"# TYPE narrator_{name} {kind}", f"narrator_{name} {value}"]
        for name, histogram in (("first_token_seconds", self.first_token), ("request_seconds", self.request)):
            lines += [f"# TYPE narrator_{name} histogram", *histogram.lines(f"narrator_{name}")]
        return "\n".join(lines) + "\n"
