"""Gradients are those of the function: each is compared with differences of outputs, in float64."""

from collections.abc import Callable

import torch
from torch import Tensor

from pocket_narrator.testing.finding import Broken, NotTested
from pocket_narrator.testing.subject import Fed, Subject

STEPS = (1e-5, 1e-4, 1e-3)  # of a difference: the first at which it does not depend on the step
AGREE = 1e-3  # of two steps
ALLOWED = 5e-3


def check_gradients(subject: Subject) -> None:
    """Along random directions of the inputs and of each parameter, on short and long texts, with story starts or not, in
    one piece and in windows, in both modes; and from the last outputs alone to the first inputs."""
    if subject.dtype != torch.float64:
        raise NotTested("differences are too rough in float32")
    for length, training in ((1, False), (5, True), (40, False), (40, True), (100, True)):
        if length <= subject.model.context:
            _at_length(subject, subject.fed(training=training), length)


def _at_length(subject: Subject, fed: Fed, length: int) -> None:
    x = subject.inputs(2, length, seed=length)
    weights = subject.inputs(2, length, seed=1)[..., : subject.model.width]
    starts = subject.starts(2, length) if length == 40 else None

    def loss(x: Tensor) -> Tensor:
        torch.manual_seed(0)  # of dropout, in training mode
        return (fed(x, starts) * weights).sum()

    def loss_of_a_window(x: Tensor) -> Tensor:
        torch.manual_seed(0)
        return (fed.forward_from(x, fed.mixer.start(2), starts)[0] * weights).sum()

    def loss_at_the_end(x: Tensor) -> Tensor:
        torch.manual_seed(0)
        return (fed(x) * weights)[:, length - length // 3 :].sum()

    _compare(loss, x, torch.ones_like(x), f"of the inputs, {length} tokens,")
    for name, parameter in fed.mixer.named_parameters():
        _compare(lambda _: loss(x), parameter, torch.ones_like(parameter), f"of {name}, at {length} tokens,", 1)
    _compare(loss_of_a_window, x, torch.ones_like(x), f"of the inputs of a window, {length} tokens,")
    if length > 3:
        early = torch.zeros_like(x)
        early[:, : length // 3] = 1
        _compare(loss_at_the_end, x, early, f"of the first {length // 3} of {length} tokens, by the last outputs,")


def _compare(loss: Callable[[Tensor], Tensor], at: Tensor, mask: Tensor, of: str, directions: int = 2) -> None:
    """`at` is moved in place, so that it may be a parameter."""
    needs = at.requires_grad
    at.requires_grad_(True)
    (gradient,) = torch.autograd.grad(loss(at), at, allow_unused=True)
    at.requires_grad_(needs)
    for seed in range(directions):
        noise = torch.randn(at.shape, generator=torch.Generator().manual_seed(seed), dtype=at.dtype)
        direction = noise * mask
        found = 0.0 if gradient is None else (gradient * direction).sum().item()
        wanted = _slope(loss, at, direction)
        if wanted is None:
            continue
        typical = 0.0 if gradient is None else (gradient * mask).norm().item()
        scale = max(abs(wanted), 0.1 * typical, 1e-9)
        if not abs(found - wanted) <= ALLOWED * scale:
            raise Broken(
                f"the gradient {of} is {found:.4g} along a direction in which the output changes by {wanted:.4g}",
                error=abs(found - wanted) / scale,
            )


@torch.no_grad()
def _slope(loss: Callable[[Tensor], Tensor], at: Tensor, direction: Tensor) -> float | None:
    """The derivative by central differences; None where they do not settle: a kink, or coarser arithmetic inside."""
    kept = at.detach().clone()

    def difference(step: float) -> float:
        ends = []
        for sign in (1, -1):
            at.copy_(kept + sign * step * direction)
            ends.append(loss(at).item())
        at.copy_(kept)
        return (ends[0] - ends[1]) / (2 * step)

    for step in STEPS:
        slope, finer = difference(step), difference(step / 2)
        if abs(slope - finer) <= AGREE * max(abs(slope), abs(finer)) + 1e-9:
            return finer
    return None
