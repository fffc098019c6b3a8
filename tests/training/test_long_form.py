"""Books in windows: state carried from one to the next, forgotten where a book begins, and taken up again on resume."""

from pathlib import Path

import pytest
import torch
from torch.nn import functional as F

from pocket_narrator.recipe.schema import ModelConfig
from pocket_narrator.workbench import from_recipe
from tests.models.stacks import MODELS, each, make_stack, random_tokens
from tests.small_runs import assert_same_run, small_recipe
from tests.training.test_loop import signalled_in

CARRYING = {
    name: model
    for name, model in MODELS.items()
    if "attention" not in model.mixers() and model.positions in ("rope", "none")
}


@each(CARRYING)
def test_windows_of_a_text_score_what_the_whole_text_scores(model: ModelConfig) -> None:
    stack = make_stack(model).double()
    tokens = random_tokens(3, 4 * model.context + 1)
    inputs, targets = tokens[:, :-1], tokens[:, 1:]
    starts = torch.rand(inputs.shape, generator=torch.Generator().manual_seed(1)) < 0.05
    starts[:, 0] = True
    hidden = stack(inputs, starts)
    logits = hidden @ stack.head_weight.t()
    expected = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="none").view(targets.shape)
    carried = stack.initial_state(3)
    for window in range(4):
        part = slice(window * model.context, (window + 1) * model.context)
        loss, carried = stack.loss_with_state(inputs[:, part], targets[:, part], starts[:, part], carried)
        torch.testing.assert_close(loss.double(), expected[:, part].sum(), rtol=1e-5, atol=1e-5)


@each(CARRYING)
def test_nothing_crosses_the_beginning_of_a_book(model: ModelConfig) -> None:
    stack = make_stack(model)
    first, second = random_tokens(2, 10, seed=1), random_tokens(2, 11, seed=2)
    none = torch.zeros(2, 10, dtype=torch.bool)
    begins = none.clone()
    begins[:, 0] = True
    found = []
    for earlier in (first, (first + 1) % 7):
        _, carried = stack.loss_with_state(earlier, earlier, begins, stack.initial_state(2))
        found.append(
            [stack.loss_with_state(second[:, :-1], second[:, 1:], s, carried)[0].item() for s in (begins, none)]
        )
    assert found[0][0] == found[1][0]
    assert found[0][1] != found[1][1]


@each(CARRYING)
def test_the_end_of_a_window_may_lie_just_after_a_beginning(model: ModelConfig) -> None:
    """What the short convolution remembers must not reach over the beginning either."""
    stack = make_stack(model).double()
    tokens = random_tokens(1, 21)
    starts = torch.zeros(1, 20, dtype=torch.bool)
    starts[0, [0, 9]] = True
    logits = stack(tokens[:, :20], starts) @ stack.head_weight.t()
    expected = F.cross_entropy(logits[0, 10:], tokens[0, 11:], reduction="sum")
    _, carried = stack.loss_with_state(tokens[:, :10], tokens[:, 1:11], starts[:, :10], stack.initial_state(1))
    loss, _ = stack.loss_with_state(tokens[:, 10:20], tokens[:, 11:], starts[:, 10:], carried)
    torch.testing.assert_close(loss.double(), expected, rtol=1e-5, atol=1e-5)


@each(CARRYING)
def test_no_gradient_reaches_the_window_before(model: ModelConfig) -> None:
    stack = make_stack(model)
    tokens = random_tokens(2, 12)
    starts = torch.zeros(2, 11, dtype=torch.bool)
    _, carried = stack.loss_with_state(tokens[:, :-1], tokens[:, 1:], starts, stack.initial_state(2))
    loss, _ = stack.loss_with_state(tokens[:, :-1], tokens[:, 1:], starts, carried)
    loss.backward()  # twice through the first window's graph would raise
    assert stack.embedding.weight.grad is not None


MIXERS = ("mamba*2", "narrative*2", "mamba attention", "mamba2*2", "mamba3*2", "linear_attention*2", "gated_delta*2")


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("layers", MIXERS)
def test_an_interrupted_run_over_books_ends_with_the_same_bits(layers: str, precision: str, tmp_path: Path) -> None:
    model = {
        "layers": layers,
        "positions": "none",
        "mamba2": {"head_width": 16, "state_size": 8},
        "mamba3": {"head_width": 16, "state_size": 8},
    }
    recipe = small_recipe(
        tmp_path, model=model, rows="stream", accumulation=2, batch_tokens=256, precision=precision, steps=8
    )

    def train(run: str) -> from_recipe.TrainingOutcome:
        return from_recipe.train(recipe, tmp_path / run, tmp_path / "data", report=lambda _: None)

    assert train("whole").result.finished
    with signalled_in(5):
        assert not train("interrupted").result.finished
    assert train("interrupted").result.finished
    assert_same_run(tmp_path / "interrupted", tmp_path / "whole")


def test_carrying_changes_what_is_learned(tmp_path: Path) -> None:
    losses = []
    for rows in ("stream", "packed"):
        recipe = small_recipe(tmp_path, f"small-{rows}", {"layers": "mamba*2", "positions": "none"}, rows=rows)
        trained = from_recipe.train(recipe, tmp_path / rows, tmp_path / "data", report=lambda _: None)
        losses.append((trained.run / "metrics.jsonl").read_text(encoding="utf-8"))
    assert losses[0] != losses[1]
