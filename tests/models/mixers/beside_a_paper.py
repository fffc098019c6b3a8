"""What every state-space mixer is tried on beside its own formulas. Mixers are in float64, unless said otherwise."""

from collections.abc import Callable

import torch
from torch import Tensor

from pocket_narrator.models.mixers import Mixer
from pocket_narrator.models.mixers.state_space import StateSpaceState


def normal(*shape: int, seed: int = 0) -> Tensor:
    """Random numbers of variance 1, in float64."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def assert_same_layer(mixer: Mixer, slow: Callable[[Tensor], Tensor], width: int, tolerance: float = 1e-9) -> None:
    """Outputs and all gradients are those of the formulas, token by token."""
    gradients = []
    for layer in (mixer, slow):
        x = normal(2, 19, width).requires_grad_()
        y = layer(x)
        mixer.zero_grad()
        y.sin().sum().backward()
        gradients.append([y.detach(), x.grad, *(parameter.grad for parameter in mixer.parameters())])
    for found, expected in zip(*gradients, strict=True):
        torch.testing.assert_close(found, expected, rtol=tolerance, atol=tolerance)


def assert_windows_are_the_whole(mixer: Mixer, width: int) -> None:
    """Window by window is all at once; stories begin anew; the state handed on carries no gradient."""
    x = normal(3, 70, width)
    starts = torch.rand(3, 70, generator=torch.Generator().manual_seed(2)) < 0.08
    for given in (None, starts):
        whole = mixer(x, given)
        state = mixer.start(3)
        for begin, end in ((0, 17), (17, 18), (18, 50), (50, 70)):
            y, state = mixer.forward_from(x[:, begin:end], state, None if given is None else given[:, begin:end])
            torch.testing.assert_close(y, whole[:, begin:end], rtol=1e-9, atol=1e-9)
            assert isinstance(state, StateSpaceState)
            assert not state.memory.requires_grad
            assert not state.recent_BKE.requires_grad


def assert_nearly_the_same_under_autocast(mixer: Mixer, width: int, share: float) -> None:
    """mixer: in float32. share: of the mean output, that bf16 may change on average."""
    x = normal(4, 60, width).float()
    exact = mixer(x)
    with torch.autocast("cpu", torch.bfloat16):
        rough = mixer(x)
    assert rough.dtype == torch.bfloat16
    assert (rough.float() - exact).abs().mean() < share * exact.abs().mean()
