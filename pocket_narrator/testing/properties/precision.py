"""What training does to a mixer: long texts, rounded arithmetic, compilation."""

import torch

from pocket_narrator.testing.finding import Broken, expect_finite, expect_same
from pocket_narrator.testing.properties.states import tensors
from pocket_narrator.testing.subject import Subject

LONG = 2048  # tokens
PIECE = 300
ROUNDED = 0.1  # root mean square of the error that rounding to bf16 may make, as a share of the outputs'
COMPILED = 1e-3


def check_long_input(subject: Subject) -> None:
    """Far more tokens than in other checks, large inputs and zeros: nothing overflows, in either form."""
    long = Subject(
        subject.model.model_copy(update={"context": LONG, "window": None}), subject.dtype, subject.has_values
    )
    fed = long.fed()
    for name, x in {
        f"{LONG:,} tokens": long.inputs(1, LONG),
        f"{LONG:,} equal tokens": long.inputs(1, 1).expand(-1, LONG, -1).contiguous(),
        "inputs 30 times as large": 30 * long.inputs(2, 300),
        "inputs of zero": torch.zeros_like(long.inputs(2, 40)),
    }.items():
        y = fed.seeded(x)
        expect_finite(y, name)
        state = fed.mixer.start(len(x))
        for begin in range(0, x.shape[1], PIECE):
            again, state = fed.read(x[:, begin : begin + PIECE], state)
            what = f"{name}: read in pieces, they have other outputs than at once"
            expect_same(again, y[:, begin : begin + PIECE], what, subject.tolerance, begin)


def check_autocast(subject: Subject) -> None:
    """Under bf16 autocast, as training runs where the machine has fast bf16: outputs and gradients nearly the same."""
    length = min(200, subject.model.context)
    x, starts = subject.inputs(3, length), subject.starts(3, length)
    results = []
    for rounded in (False, True):
        fed = subject.fed(training=True)
        torch.manual_seed(0)
        with torch.autocast("cpu", torch.bfloat16, enabled=rounded):
            y = fed(x, starts)
            if rounded:
                _expect_dtype(y, "forward under autocast")
                _generate(subject, fed, x)
        y.float().square().sum().backward()
        gradients = {name: parameter.grad for name, parameter in fed.mixer.named_parameters()}
        results.append((y.detach().float(), gradients))
    (exact, exact_gradients), (rough, rough_gradients) = results
    expect_finite(rough, "under autocast")
    error = _relative(rough, exact)
    if not error <= ROUNDED:
        worst = int((rough - exact).abs().amax(dim=(0, 2)).argmax())
        raise Broken("under bf16 autocast outputs are others, beyond rounding", worst, error)
    for name, gradient in rough_gradients.items():
        expected = exact_gradients[name]
        if gradient is None or expected is None:
            continue  # told by another property
        if not gradient.isfinite().all() or _relative(gradient, expected) > 5 * ROUNDED:
            raise Broken(
                f"under bf16 autocast the gradient of {name} is another, beyond rounding",
                error=_relative(gradient, expected),
            )


def _generate(subject: Subject, fed, x) -> None:
    """States that were made or left under autocast can be gone on from, and joined with fresh ones."""
    with torch.no_grad():
        y, state = fed.read(x[:, :5], fed.mixer.start(len(x)))
        _expect_dtype(y, "prefill under autocast")
        joined = state.join(fed.mixer.start(1))
        y, state = fed.read(subject.inputs(len(x) + 1, 1), joined)
        _expect_dtype(y, "a step under autocast")
        y, _ = fed.forward_from(x, fed.mixer.start(len(x)), subject.starts(*x.shape[:2]))
        _expect_dtype(y, "forward_from under autocast")
        for name, tensor in tensors(state).items():
            if tensor.is_floating_point() and tensor.dtype not in (torch.float32, torch.bfloat16):
                raise Broken(f"under bf16 autocast {name} of the state becomes {tensor.dtype}")


def _expect_dtype(y: torch.Tensor, what: str) -> None:
    if y.dtype not in (torch.float32, torch.bfloat16):
        raise Broken(f"{what} gives {y.dtype}; bfloat16 or float32 is expected")


def _relative(found: torch.Tensor, expected: torch.Tensor) -> float:
    scale = expected.double().square().mean().sqrt().item()
    return (found.double() - expected.double()).square().mean().sqrt().item() / max(scale, 1e-12)


def check_compile(subject: Subject) -> None:
    """Traced as torch.compile traces it, outputs and gradients are the same. Code is not generated: that takes a compiler and
    half a minute, and is no matter of the mixer."""
    length = min(33, subject.model.context)
    x, starts = subject.inputs(2, length), subject.starts(2, length)
    results = []
    for compiled in (False, True):
        fed = subject.fed(training=False)
        call = torch.compile(fed, backend="aot_eager") if compiled else fed
        y = call(x, starts)
        y.square().sum().backward()
        results.append((y.detach(), {name: parameter.grad for name, parameter in fed.mixer.named_parameters()}))
    (plain, gradients), (fast, fast_gradients) = results
    expect_same(fast, plain, "compiled, outputs are others", COMPILED)
    for name, gradient in fast_gradients.items():
        expected = gradients[name]
        if gradient is not None and expected is not None:
            error = (gradient - expected).abs().max().item() / max(expected.abs().max().item(), 1e-12)
            if not error <= COMPILED:
                raise Broken(f"compiled, the gradient of {name} is another", error=error)
