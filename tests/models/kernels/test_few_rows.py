"""One token of a Mamba layer in one call, beside the parallel form."""

import pytest
import torch

from pocket_narrator.config import Mamba as Options
from pocket_narrator.config import Model
from pocket_narrator.models.kernels import few_rows, native
from pocket_narrator.models.stack import DecoderStack

pytestmark = pytest.mark.skipif(not native.available(), reason=native.status())


@pytest.mark.parametrize("rows", [1, 3, few_rows.MOST_ROWS])
@pytest.mark.parametrize(
    ("width", "options"),
    [
        (32, Options()),
        (21, Options(expand=3, state_size=5, convolution=2, step_rank=3)),
        (128, Options(state_size=64, convolution=1, step_rank=40)),
    ],
)
def test_step_by_step_is_the_whole_row(rows, width, options):
    torch.manual_seed(0)
    stack = DecoderStack(Model(preset="mamba", layers="mamba*2", width=width, context=64, mamba=options), 50).eval()
    mixer = stack.layers[0].mixer
    x = torch.randn(rows, 40, width)
    with torch.no_grad():
        expected = mixer(x)
        state = mixer.start(rows)
        for t in range(40):
            assert few_rows.takes(x[:, t : t + 1], mixer.skip)
            y, state = mixer.step(x[:, t], state)
            torch.testing.assert_close(y, expected[:, t], rtol=1e-4, atol=1e-5)


def test_changed_weights_are_seen():
    stack = DecoderStack(Model(preset="mamba", layers="mamba", width=16, context=8), 50).eval()
    mixer = stack.layers[0].mixer
    x = torch.randn(1, 16)
    with torch.no_grad():
        before, _ = mixer.step(x, mixer.start(1))
        mixer.log_rates += 1  # after one token the state is what was written: rates do not show
        mixer.convolution *= 2
        after, _ = mixer.step(x, mixer.start(1))
        assert not torch.equal(before, after)
        torch.testing.assert_close(after, mixer(x[:, None])[:, 0], rtol=1e-4, atol=1e-6)


def test_with_gradients_or_in_other_precisions_it_stays_out_of_the_way():
    weight = torch.ones(4)
    assert not few_rows.takes(torch.ones(1, 1, 4), weight)  # gradients are on
    with torch.no_grad():
        assert few_rows.takes(torch.ones(1, 1, 4), weight)
        assert not few_rows.takes(torch.ones(1, 2, 4), weight)
        assert not few_rows.takes(torch.ones(few_rows.MOST_ROWS + 1, 1, 4), weight)
        assert not few_rows.takes(torch.ones(1, 1, 4).double(), weight)
        assert not few_rows.takes(torch.ones(1, 1, 4).bfloat16(), weight)


@pytest.mark.parametrize("rows", [1, 5, 20])
@pytest.mark.parametrize("width", [3, 16, 70, 256])
def test_product(rows, width):
    x, weight = torch.randn(rows, width), torch.randn(101, width)
    with torch.no_grad():
        torch.testing.assert_close(few_rows.few_rows_product(x, weight), x @ weight.t(), rtol=1e-5, atol=1e-5)
