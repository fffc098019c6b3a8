"""Shapes, dtypes and what stays as it was: what a stack relies on before any mathematics."""

import torch
from torch import Tensor, nn

from pocket_narrator.models.mixers.mixer import Mixer
from pocket_narrator.testing.finding import Broken, expect_finite, expect_same, expect_shape
from pocket_narrator.testing.properties.states import tensors
from pocket_narrator.testing.subject import Fed, Subject


def check_interface(subject: Subject) -> None:
    """Every form, at many lengths and numbers of rows; inputs are left alone; outputs come out of the product `out`."""
    fed = subject.fed()
    _out_is_the_last_product(subject, fed)
    for rows in (1, 2, 5):
        for length in subject.lengths()[:: 1 if rows == 1 else 4]:
            _call_all_forms(subject, fed, rows, length)
    _follows_dtype(subject, fed)
    if subject.has_values:
        _values_have_an_effect(subject, fed)


def _call_all_forms(subject: Subject, fed: Fed, rows: int, length: int) -> None:
    x, starts = subject.inputs(rows, length), subject.starts(rows, length)
    lengths = 1 + torch.arange(rows) % length
    for form, inputs in {
        "forward": (x,),
        "forward with story starts": (x, starts),
        "prefill": (x, fed.mixer.start(rows), lengths),
        "forward_from": (x, fed.mixer.start(rows), starts),
    }.items():
        kept = [tensor.clone() if isinstance(tensor, Tensor) else None for tensor in inputs]
        y = _call(fed, form, inputs)
        what = f"{form} of {rows} rows of {length} tokens"
        expect_shape(y, (rows, length, subject.model.width), what)
        if y.dtype != subject.dtype:
            raise Broken(f"{what}: {y.dtype} comes out where {subject.dtype} went in")
        if form != "prefill":
            expect_finite(y, what)
        for before, after in zip(kept, inputs, strict=True):
            if before is not None and not torch.equal(before, after):  # pyright: ignore[reportArgumentType]
                raise Broken(f"{what} writes into its inputs, which other layers need")


@torch.no_grad()
def _call(fed: Fed, form: str, inputs: tuple) -> Tensor:
    if form.startswith("forward") and form != "forward_from":
        return fed(*inputs)
    result = fed.prefill(*inputs) if form == "prefill" else fed.forward_from(*inputs)
    if not (isinstance(result, tuple) and len(result) == 2):
        raise Broken(f"{form} gives {type(result).__name__}, and not the outputs and the state after them")
    return result[0]


def _out_is_the_last_product(subject: Subject, fed: Fed) -> None:
    """A stack scales `out` with its depth, or sets it to zero so that a layer begins without effect."""
    mixer = fed.mixer
    if not isinstance(mixer, Mixer):
        raise Broken(f"the class {type(mixer).__name__} is no Mixer")
    out = getattr(mixer, "out", None)
    if not isinstance(out, nn.Linear) or out.out_features != subject.model.width:
        raise Broken(f"it has no product `out` to the width: self.out = nn.Linear(..., {subject.model.width})")
    kept = [parameter.clone() for parameter in out.parameters()]
    with torch.no_grad():
        for parameter in out.parameters():
            parameter.zero_()
        y = fed(subject.inputs(2, 5))
        for parameter, before in zip(out.parameters(), kept, strict=True):
            parameter.copy_(before)
    expect_shape(y, (2, 5, subject.model.width), "forward of 2 rows of 5 tokens")
    if y.any():
        raise Broken("with `out` at zero something still comes out: not all of the output comes from that product")


def _follows_dtype(subject: Subject, fed: Fed) -> None:
    """States are made in the weights' dtype: models are also generated with in others."""
    for name, tensor in tensors(fed.mixer.start(2)).items():
        if tensor.is_floating_point() and tensor.dtype not in (subject.dtype, torch.float32):
            raise Broken(f"start: {name} is {tensor.dtype} where the weights are {subject.dtype}")


def _values_have_an_effect(subject: Subject, fed: Fed) -> None:
    """The kind says that it takes value embeddings: they are added to what is stored, so that zeros change nothing."""
    x = subject.inputs(2, 7)
    values = torch.zeros_like(x)
    values[..., : subject.model.width] = x[..., : subject.model.width]
    with torch.no_grad():
        plain = fed.mixer(x[..., : subject.model.width].contiguous(), None, None)
    expect_same(fed.seeded(values), plain, "value embeddings of zero change the outputs", subject.tolerance)
    if torch.equal(fed.seeded(x), plain):
        raise Broken("the kind says takes_values, and value embeddings change nothing")
