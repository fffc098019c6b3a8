"""Which parameter is moved by what, checked by what a step does to it; and a state that survives a round trip."""

import pytest
import torch
from torch import nn

from pocket_narrator.errors import CheckpointError
from pocket_narrator.models.stack import DecoderStack
from pocket_narrator.recipe.schema import ModelConfig, TrainingConfig
from pocket_narrator.training.optimizers import Optimizers

SHAPE = {"layers": "attention*2", "width": 32, "heads": 4, "context": 16}
EVERYTHING = {"input_skips": True, "value_embeddings": True, "bigram_buckets": 19, "qk_norm": True}
MODELS = {
    "gpt2": {**SHAPE, "preset": "gpt2", **EVERYTHING},
    "llama": {**SHAPE, "preset": "llama", **EVERYTHING},
    "untied": {**SHAPE, "preset": "gpt2", "tied_head": False},
}
TABLES = {"embedding.weight", "positions.table", "bigrams.weight", "values.0.weight"}


def make_stack(name: str) -> DecoderStack:
    torch.manual_seed(0)
    return DecoderStack(ModelConfig.model_validate(MODELS[name]), 37)


def make_training(**options: object) -> TrainingConfig:
    return TrainingConfig.model_validate({"steps": 10, **options})


def give_gradients(model: nn.Module, seed: int = 1) -> None:
    generator = torch.Generator().manual_seed(seed)
    for parameter in model.parameters():
        parameter.grad = torch.randn(parameter.shape, generator=generator)


def copies(model: nn.Module) -> dict[str, torch.Tensor]:
    return {name: parameter.detach().clone() for name, parameter in model.named_parameters()}


def changes(name: str, zero_gradients: bool, **options: object) -> dict[str, torch.Tensor]:
    """After minus before one step."""
    model = make_stack(name)
    with torch.no_grad():
        for parameter in model.parameters():  # nothing is zero, so that any decay shows
            parameter.add_(1.0)
    optimizers = Optimizers(model, make_training(**options))
    before = copies(model)
    give_gradients(model)
    if zero_gradients:
        for parameter in model.parameters():
            assert parameter.grad is not None
            parameter.grad.zero_()
    optimizers.step()
    return {key: value - before[key] for key, value in copies(model).items()}


@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
@pytest.mark.parametrize("name", MODELS)
def test_only_matrices_decay(name: str, optimizer: str) -> None:
    """With no gradient there is nothing but decay: rate x weight_decay x weight, with both optimizers."""
    before = {key: value + 1 for key, value in copies(make_stack(name)).items()}
    matrices = {key for key, value in before.items() if value.ndim == 2 and key not in TABLES}
    assert ("head.weight" in matrices) == (name == "untied")
    options = {"optimizer": optimizer, "learning_rate": 0.01, "weight_decay": 0.5}
    for key, change in changes(name, zero_gradients=True, **options).items():
        expected = -0.01 * 0.5 * before[key] if key in matrices else torch.zeros_like(change)
        torch.testing.assert_close(change, expected, rtol=1e-3, atol=1e-6, msg=lambda text, key=key: f"{key}: {text}")


@pytest.mark.parametrize("name", MODELS)
def test_muon_moves_the_matrices_of_the_layers_and_adamw_the_rest(name: str) -> None:
    model = make_stack(name)
    optimizers = Optimizers(model, make_training(optimizer="muon"))
    give_gradients(model)
    optimizers.step()
    slots: dict[str, set[str]] = {}
    for key in optimizers.tensors():
        parameter, _, slot = key.rpartition(".")
        slots.setdefault(parameter, set()).add(slot)
    assert slots.keys() == dict(model.named_parameters()).keys()
    for key, parameter in model.named_parameters():
        inner = key.startswith("layers.") and parameter.ndim == 2
        assert slots[key] == ({"momentum_buffer"} if inner else {"step", "exp_avg", "exp_avg_sq"}), key
    assert any("momentum_buffer" in found for found in slots.values())


def test_muon_orthogonalises() -> None:
    """All directions of a matrix are moved about equally far, whatever the gradient's singular values are."""
    options = {"optimizer": "muon", "weight_decay": 0.0, "muon_learning_rate": 0.02}
    moved = changes("llama", zero_gradients=False, **options)["layers.0.mixer.out.weight"]
    values = torch.linalg.svdvals(moved)
    assert values.max() / values.min() < 3
    assert 0.5 < values.mean() / 0.02 < 1.5


@pytest.mark.parametrize("key", ["embedding.weight", "norm.weight", "layers.0.feed_forward.down.weight"])
def test_the_first_step_of_adamw_is_the_rate(key: str) -> None:
    """Bias-corrected, the first moments are the gradient itself: a step of `rate` against its sign."""
    model = make_stack("llama")
    optimizers = Optimizers(model, make_training(learning_rate=0.01, weight_decay=0.0))
    before = copies(model)
    give_gradients(model)
    gradient = model.get_parameter(key).grad
    assert gradient is not None
    sign = gradient.sign().clone()
    optimizers.set_rate_factor(0.25)
    optimizers.step()
    torch.testing.assert_close(model.get_parameter(key).detach() - before[key], -0.0025 * sign, rtol=1e-3, atol=1e-6)
    assert all(parameter.grad is None for parameter in model.parameters())


@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
def test_a_rate_of_zero_moves_nothing(optimizer: str) -> None:
    model = make_stack("gpt2")
    optimizers = Optimizers(model, make_training(optimizer=optimizer))
    before = copies(model)
    give_gradients(model)
    optimizers.set_rate_factor(0.0)
    optimizers.step()
    assert all(torch.equal(value, before[key]) for key, value in copies(model).items())


@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
def test_state_round_trip(optimizer: str) -> None:
    """Three steps, a restore into fresh objects, three more: the bits of six steps."""
    training = make_training(optimizer=optimizer)
    one = make_stack("untied")
    optimizers = Optimizers(one, training)
    assert optimizers.tensors() == {}
    for seed in range(6):
        if seed == 3:
            saved = {key: value.clone() for key, value in optimizers.tensors().items()}
            weights = {key: value.clone() for key, value in one.state_dict().items()}
        give_gradients(one, seed)
        optimizers.step()
    other = make_stack("untied")
    other.load_state_dict(weights)
    restored = Optimizers(other, training)
    restored.restore(saved)
    assert all(torch.equal(value, saved[key]) for key, value in restored.tensors().items())
    for seed in range(3, 6):
        give_gradients(other, seed)
        restored.step()
    assert all(torch.equal(value, one.state_dict()[key]) for key, value in other.state_dict().items())
    final = restored.tensors()
    assert final.keys() == optimizers.tensors().keys()
    assert all(torch.equal(value, final[key]) for key, value in optimizers.tensors().items())


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("embedding.weight.exp_avg", torch.zeros(38, 32)),
        ("embedding.weight.exp_avg", torch.zeros(())),
        ("embedding.weight.step", torch.zeros(37, 32)),
        ("layers.2.mixer.out.weight.exp_avg", torch.zeros(32, 32)),
        ("exp_avg", torch.zeros(())),
    ],
    ids=["another vocabulary", "a number for a matrix", "a matrix for a number", "another depth", "no name"],
)
def test_a_state_of_another_model_is_refused(key: str, value: torch.Tensor) -> None:
    with pytest.raises(CheckpointError, match=f"'{key}' fits no weight of this model"):
        Optimizers(make_stack("llama"), make_training()).restore({key: value})
