"""A mixer beside formulas that are written out slowly: what the tests of several mixers have in common."""

from collections.abc import Callable

import torch
from torch import Tensor

from pocket_narrator.models.mixers.mixer import Mixer


def randomise(mixer: Mixer) -> None:
    """Random weights, large enough that every part matters."""
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for parameter in mixer.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * (parameter.shape[-1] ** -0.5))


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def check_formula(mixer: Mixer, slow: Callable[[Tensor], Tensor], width: int, tolerance: float = 1e-9) -> None:
    """Outputs and all gradients."""
    gradients = []
    for layer in (mixer, slow):
        x = normal(2, 19, width).requires_grad_()
        y = layer(x)
        mixer.zero_grad()
        y.sin().sum().backward()
        gradients.append([y.detach(), x.grad, *(parameter.grad for parameter in mixer.parameters())])
    for found, expected in zip(*gradients, strict=True):
        torch.testing.assert_close(found, expected, rtol=tolerance, atol=tolerance)


def check_windows(mixer: Mixer, width: int) -> None:
    """Window by window is all at once; stories begin anew; the state handed on carries no gradient."""
    x = normal(3, 70, width)
    starts = torch.rand(3, 70, generator=torch.Generator().manual_seed(2)) < 0.08
    for given in (None, starts):
        whole = mixer(x, given)
        state = mixer.start(3)
        for begin, end in ((0, 17), (17, 18), (18, 50), (50, 70)):
            y, state = mixer.forward_from(x[:, begin:end], state, None if given is None else given[:, begin:end])
            torch.testing.assert_close(y, whole[:, begin:end], rtol=1e-9, atol=1e-9)
            assert not state.memory.requires_grad
            assert not state.recent_BKE.requires_grad


def check_autocast(mixer: Mixer, width: int, tolerance: float = 0.02) -> None:
    """In bf16 nearly the same: `tolerance` of the mean size."""
    mixer = mixer.float()
    x = normal(4, 60, width).float()
    exact = mixer(x)
    with torch.autocast("cpu", torch.bfloat16):
        rough = mixer(x)
    assert rough.dtype == torch.bfloat16
    assert (rough.float() - exact).abs().mean() < tolerance * exact.abs().mean()
