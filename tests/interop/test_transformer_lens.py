"""The snippet of docs/api.md, where TransformerLens is installed: its bridge opens our export, and sees what our trace sees."""

import re
from pathlib import Path

import pytest
import torch

from pocket_narrator.workbench.run import Run
from tests.narrator_process import narrator
from tests.tiny_experiment import make_experiment

DOCS = Path(__file__).parents[2] / "docs" / "api.md"


def test_the_bridge_sees_what_a_trace_sees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("transformer_lens")
    make_experiment(tmp_path)
    assert narrator("export", "runs/tiny", "--to", "hf", cwd=tmp_path).returncode == 0
    monkeypatch.chdir(tmp_path)
    (snippet,) = [
        block
        for block in re.findall(r"```py\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
        if "Bridge" in block
    ]
    names: dict = {}
    exec(snippet, names)  # as a reader would type it
    trace = Run("tiny").trace("Once upon a time")
    logits, cache = names["logits"], names["cache"]
    assert names["model"].to_tokens("Once upon a time")[0].tolist() == trace.tokens
    torch.testing.assert_close(logits[0], trace["logits"], rtol=1e-5, atol=1e-5)
    for index in range(2):
        pattern, stream = (cache[f"blocks.{index}.{name}"][0] for name in ("attn.hook_pattern", "hook_resid_post"))
        torch.testing.assert_close(pattern, trace[f"layers.{index}.mixer.attention"], rtol=1e-5, atol=1e-5)
        torch.testing.assert_close(stream, trace[f"layers.{index}"], rtol=1e-5, atol=1e-5)
