"""What a mixer has learned is in its weights: saved and loaded it is the same, and it is as large as it says."""

import tempfile
from pathlib import Path

import torch

from pocket_narrator.recipe.cost import cost_of_mixer
from pocket_narrator.run.checkpoint import load_model_tensors, save_checkpoint
from pocket_narrator.testing.finding import Broken, expect_same
from pocket_narrator.testing.properties.states import tensors
from pocket_narrator.testing.subject import Fed, Subject


def check_saving(subject: Subject) -> None:
    """Trains a few steps, writes a checkpoint, and loads it into a mixer that began with other weights."""
    trained = subject.fed(seed=1, training=True)
    optimizer = torch.optim.SGD(trained.parameters(), lr=0.01)
    for step in range(3):
        x = subject.inputs(3, min(20, subject.model.context), seed=step)
        optimizer.zero_grad()
        trained(x, subject.starts(*x.shape[:2], seed=step)).square().mean().backward()
        optimizer.step()
    trained.eval()
    loaded = subject.fed(seed=2)
    with tempfile.TemporaryDirectory() as folder:
        path = save_checkpoint(Path(folder), 1, trained.mixer.state_dict(), {}, {})
        loaded.mixer.load_state_dict(load_model_tensors(path))
    x = subject.inputs(2, min(40, subject.model.context), seed=9)
    what = "saved and loaded, it has other outputs: something that it needs is neither a parameter nor a saved buffer"
    expect_same(loaded.seeded(x), trained.seeded(x), what, subject.leak)
    found, expected = (fed.read(x, fed.mixer.start(2))[0] for fed in (loaded, trained))
    expect_same(found, expected, f"{what}; in prefill", subject.leak)


def check_cost(subject: Subject) -> None:
    """Declared parameters and state are those that there are."""
    index = len(subject.model.mixers()) - 1
    declared, mixer = cost_of_mixer(subject.model, index), subject.mixer()
    parameters = sum(parameter.numel() for parameter in mixer.parameters())
    if declared.products + declared.others != parameters:
        raise Broken(f"cost says {declared.products + declared.others:,} parameters, and it has {parameters:,}")
    numbers = sum(t.numel() for t in tensors(mixer.start(1)).values() if t.is_floating_point())
    if declared.state != numbers:
        raise Broken(f"cost says a state of {declared.state:,} numbers, and start(1) has {numbers:,}")


def check_parameters(subject: Subject) -> None:
    """Every parameter gets a gradient that is finite and not zero, and begins in float32."""
    fed = subject.fed(training=True)
    length = min(100, subject.model.context)
    x = subject.inputs(4, length)
    fed(x, subject.starts(4, length)).square().sum().backward()
    for name, parameter in fed.mixer.named_parameters():
        if not parameter.requires_grad:
            raise Broken(f"{name} is a parameter that asks for no gradient: register a buffer instead")
        if parameter.grad is None:
            raise Broken(f"no gradient reaches the parameter {name}: it is not used, or detached")
        if not parameter.grad.isfinite().all():
            raise Broken(f"the gradient of {name} is NaN or infinite after {length} tokens")
        if not parameter.grad.any():
            raise Broken(f"the gradient of {name} is zero everywhere: it has no effect on the output")
    _gradients_as_it_begins(subject)


def _gradients_as_it_begins(subject: Subject) -> None:
    """With its first weights and over its whole context: some may be zero, none non-finite."""
    stack = subject.stack()
    mixer = stack.layers[-1].mixer
    assert isinstance(mixer, torch.nn.Module)
    fed = Fed(mixer, subject.model.width)  # pyright: ignore[reportArgumentType]
    for scale in (1, 10):
        fed.zero_grad()
        fed(scale * subject.inputs(2, subject.model.context, seed=4)).square().sum().backward()
        for name, parameter in mixer.named_parameters():
            if parameter.grad is not None and not parameter.grad.isfinite().all():
                length = subject.model.context
                raise Broken(
                    f"with its first weights the gradient of {name} is NaN or infinite after {length:,} tokens"
                )
