"""What the glossary says of the tree is so, and what the field searches for is in it."""

import re

import pytest

from tests.docs.blocks import ROOT

TEXT = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
PACKAGE = ROOT / "pocket_narrator"


def test_every_place_is_there() -> None:
    missing, folder = [], ""
    for row in (line for line in TEXT.splitlines() if line.startswith("| ")):
        for place in re.findall(r"`([\w/]+(?:\.py|/))`", row.split(" | ")[-1]):
            folder = place.rpartition("/")[0] if "/" in place else folder  # a bare file lies beside the one before it
            path = PACKAGE / (place if "/" in place else f"{folder}/{place}")
            missing += [] if path.exists() else [place]
    assert missing == []


@pytest.mark.parametrize(
    "term",
    [
        "KV cache",
        "TBPTT",
        "continuous batching",
        "rank 0",
        "all-reduce",
        "contamination",
        "held-out",
        "bits per byte",
        "perplexity",
        "logit lens",
        "prefill",
        "non-finite",
        "memorisation",
        "prompt",
        "greedy",
        "fine-tuning",
        "deduplication",
    ],
)
def test_terms_of_the_field_are_found(term: str) -> None:
    assert term.lower() in TEXT.lower()
