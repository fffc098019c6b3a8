"""The narrative mixer: what each of its parts does, and that it costs what Mamba costs."""

import pytest
import torch

from pocket_narrator.models.kernels.tracks import track_steps
from pocket_narrator.models.stack import DecoderStack
from pocket_narrator.recipe.cost import count_parameters
from pocket_narrator.recipe.schema import ModelConfig, NarrativeConfig, TrackConfig

SIZES = {"layers": "narrative*4", "width": 64, "context": 32, "preset": "narrative"}


def make_stack(seed: int = 0, **narrative: object) -> DecoderStack:
    torch.manual_seed(seed)
    return DecoderStack(ModelConfig(**SIZES, narrative=NarrativeConfig(**narrative)), 50).eval()


def hidden(stack: DecoderStack) -> torch.Tensor:
    with torch.no_grad():
        return stack(torch.arange(64).view(2, 32) % 50)


def test_router_reader_and_cross_tracks_begin_without_effect():
    whole = make_stack()
    expected = hidden(whole)
    for off in ({"router": False}, {"read_gate": False}, {"cross_track_every": None}):
        bare = make_stack(**off)
        tensors = whole.state_dict()
        bare.load_state_dict({name: tensors[name] for name in bare.state_dict()})
        torch.testing.assert_close(hidden(bare), expected, rtol=1e-5, atol=1e-6)


def test_a_token_that_is_not_for_a_track_leaves_its_state_alone():
    mixer = make_stack().layers[0].mixer
    torch.nn.init.constant_(mixer.router.bias, 0)
    mixer.router.bias.data[1] = -200.0  # nothing for the second track
    state = mixer.start(1)
    state.memory.normal_()
    x = torch.randn(1, 20, 64)
    with torch.no_grad():
        _, after = mixer.prefill(
            x, mixer.start(1).__class__(state.recent_BKE, state.memory.clone()), torch.tensor([20])
        )
    before, now = (memory.split(mixer.track_widths, dim=-1) for memory in (state.memory, after.memory))
    assert torch.equal(now[1], before[1])
    assert (now[0] != before[0]).all()
    assert (now[2] != before[2]).all()


def test_steps_stay_inside_the_bounds_of_their_track():
    mixer = make_stack(router=False).layers[0].mixer
    raw = 50 * torch.randn(1, 500, sum(mixer.track_widths))
    steps = track_steps(raw, mixer.steps.bias, mixer.slowest, mixer.fastest, None, mixer.track_widths)
    for part, (shortest, longest) in zip(
        steps.split(mixer.track_widths, dim=-1), [(2, 16), (16, 128), (128, 1024)], strict=True
    ):
        assert 1 / longest * 0.999 <= part.min() <= 1.2 / longest
        assert 0.9 / shortest <= part.max() <= 1.001 / shortest


def test_it_begins_with_ordered_memories():
    for layer in make_stack().layers:
        memories = [memory.tokens for memory in layer.mixer.memories()]
        for memory, (shortest, longest) in zip(memories, [(2, 16), (16, 128), (128, 1024)], strict=True):
            assert shortest <= memory.min() < memory.max() <= longest
            assert memory.max() / memory.min() > 4


@pytest.mark.parametrize("width", [128, 256, 768])
def test_it_costs_what_mamba_costs(width):
    plain = count_parameters(ModelConfig(preset="mamba", layers="mamba*8", width=width), 2048)
    tracks = count_parameters(ModelConfig(preset="narrative", layers="narrative*8", width=width), 2048)
    assert abs(tracks.parameters / plain.parameters - 1) < 0.02
    assert abs(tracks.forward_flops_per_token / plain.forward_flops_per_token - 1) < 0.02
    assert tracks.generation_bytes_per_story == plain.generation_bytes_per_story


def test_cross_track_attention_is_in_every_nth_layer():
    assert [layer.mixer.cross is not None for layer in make_stack(cross_track_every=2).layers] == [False, True] * 2
    assert [layer.mixer.cross is not None for layer in make_stack(cross_track_every=None).layers] == [False] * 4


def test_tracks_hear_of_each_other_through_cross_tracks_alone():
    """In one layer, what is written to a track comes out of it alone, unless tracks look at each other."""
    for every, spreads in ((None, False), (1, True)):
        mixer = make_stack(cross_track_every=every).layers[0].mixer
        if mixer.cross is not None:
            torch.nn.init.ones_(mixer.cross.gates)
        y = torch.randn(1, 5, sum(mixer.track_widths))
        changed = y.clone()
        changed[..., : mixer.track_widths[0]] += 1 + torch.randn(mixer.track_widths[0])
        gate = torch.ones_like(y)
        with torch.no_grad():
            one, other = (mixer._read(part, gate, None) for part in (y, changed))
        rest = slice(mixer.track_widths[0], None)
        assert torch.equal(one[..., rest], other[..., rest]) is not spreads


def test_any_number_of_tracks():
    tracks = (
        TrackConfig(name="short", share=0.5, shortest=1, longest=8),
        TrackConfig(name="long", share=0.5, shortest=8, longest=64),
    )
    stack = make_stack(tracks=tracks)
    assert stack.layers[0].mixer.track_widths == [64, 64]
    assert hidden(stack).isfinite().all()
