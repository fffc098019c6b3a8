"""The narrative mixer: what each of its parts does, and that it costs what Mamba costs."""

import pytest
import torch

from pocket_narrator.models.kernels.selective_scan import selective_scan
from pocket_narrator.models.kernels.tracks import track_steps
from pocket_narrator.models.mixers.narrative import normalised_writes
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


def test_normalised_writes_make_slow_tracks_as_loud_as_fast_ones():
    """A sum of white noise: with steps as writes it shrinks with the root of the memory, with normalised ones it stays."""
    u, rates = torch.randn(1, 20_000, 2), -torch.ones(2)
    delta = torch.tensor([1 / 4, 1 / 400]).expand_as(u).contiguous()
    ones = torch.ones(1, 20_000, 1, 1)
    loudness = []
    for written in (u, normalised_writes(u, delta, rates)):
        y, _ = selective_scan(written, delta, rates[:, None], ones, ones, softplus=False)
        loudness.append(y[0, 2_000:].std(dim=0))
    assert loudness[0][1] < 0.05
    torch.testing.assert_close(loudness[1], torch.ones(2), rtol=0.2, atol=0)


def test_normalised_writes_are_finite_where_a_token_is_not_meant_for_a_track():
    u, delta = torch.ones(1, 3, 2, requires_grad=True), torch.zeros(1, 3, 2, requires_grad=True)
    written = normalised_writes(u, delta, -torch.ones(2))
    written.sum().backward()
    assert written.isfinite().all()
    assert u.grad.isfinite().all()
    assert delta.grad.isfinite().all()


def test_slow_tracks_are_heard_from_the_start_where_writes_are_normalised():
    shares = {}
    for writes in ("step", "normalised"):
        mixer = make_stack(writes=writes, router=False).layers[0].mixer
        u, skip = torch.randn(1, 4_000, sum(mixer.track_widths)), mixer.skip.detach()
        with torch.no_grad():
            y, _ = mixer._scan(u, u, None, None, None, None)
        parts = zip((y - skip * u).split(mixer.track_widths, -1), u.split(mixer.track_widths, -1), strict=True)
        shares[writes] = [
            float(memory.square().mean().sqrt() / skipped.square().mean().sqrt()) for memory, skipped in parts
        ]
    assert shares["step"][2] < 0.5 * shares["step"][0]
    assert shares["normalised"][2] > 0.5 * shares["normalised"][0]


def test_unordered_scales_are_the_same_ones_spread_over_the_tracks():
    ordered, unordered = (make_stack(scales=scales).layers[0].mixer for scales in ("ordered", "unordered"))
    for name in ("slowest", "fastest"):
        one, other = getattr(ordered, name), getattr(unordered, name)
        assert torch.equal(one.sort().values, other.sort().values)
        for part in other.split(unordered.track_widths):
            assert len(part.unique()) == 3
    assert torch.equal(unordered.slowest, make_stack(seed=5, scales="unordered").layers[0].mixer.slowest)
    assert not torch.equal(unordered.slowest, make_stack(scales="unordered").layers[1].mixer.slowest)


def test_exchange_begins_as_far_open_as_it_is_told():
    mixer = make_stack(cross_track_every=1, cross_track_start=0.5).layers[0].mixer
    assert mixer.learned()["cross_track_gates"] == pytest.approx([0.5] * 3)


def test_weight_decay_leaves_gates_alone_where_it_is_told_to():
    for decayed in (True, False):
        stack = make_stack(decayed_gates=decayed)
        products = {name for name, module in stack.named_modules() if isinstance(module, torch.nn.Linear)}
        assert ("layers.0.mixer.router" in products) is decayed
        assert ("layers.0.mixer.reader" in products) is decayed


def associative(**options: object) -> DecoderStack:
    tracks = (
        TrackConfig(name="scene", share=0.5, shortest=2, longest=16),
        TrackConfig(name="character", share=0.5, shortest=1e8, longest=1e9, memory="associative"),
    )
    return make_stack(tracks=tracks, cross_track_every=None, **options)


def test_an_associative_track_corrects_what_is_stored_under_a_key():
    """Written twice under one key with full strength, the later value is read, and not the sum."""
    track = associative(router=False).layers[0].mixer.associative
    W, H, N = 64, track.heads, track.key_width
    select = torch.zeros(sum(track.parts), W)
    select[: 2 * H * N : N, 0] = 1  # all queries and keys are the first axis where channel 0 is positive
    select[-H:, 0] = 50  # b: full strength
    track.select.weight.data.copy_(select)
    u = torch.randn(1, 2, W)
    u[..., 0] = 1
    with torch.no_grad():
        y, _ = track(u, None, None, None, None)
    torch.testing.assert_close(y, u, rtol=1e-4, atol=1e-4)


def test_a_token_that_is_not_for_an_associative_track_leaves_its_state_alone():
    mixer = associative().layers[0].mixer
    mixer.router.bias.data[1] = -200.0
    state = mixer.start(1)
    state.memory.normal_()
    before = state.memory.clone()
    with torch.no_grad():
        _, after = mixer.prefill(torch.randn(1, 20, 64), state, torch.tensor([20]))
    one, other = (memory.split(mixer.track_widths, dim=-1) for memory in (before, after.memory))
    torch.testing.assert_close(one[1], other[1], rtol=0, atol=1e-4)
    assert (one[0] != other[0]).all()


def test_an_associative_track_costs_as_much_memory_as_channels():
    plain, keyed = (ModelConfig(**SIZES, narrative=NarrativeConfig()), associative().model)
    counts = [count_parameters(model, 50) for model in (plain, keyed)]
    assert counts[0].generation_bytes_per_story == counts[1].generation_bytes_per_story


@pytest.mark.parametrize(
    "options",
    [
        {"tracks": [{"name": "a", "share": 1, "shortest": 1, "longest": 2, "memory": "associative"}]},
        {
            "tracks": [
                {"name": "a", "share": 0.5, "shortest": 1, "longest": 2, "memory": "associative"},
                {"name": "b", "share": 0.5, "shortest": 1, "longest": 2},
            ]
        },
        {
            "scales": "unordered",
            "tracks": [
                {"name": "a", "share": 0.5, "shortest": 1, "longest": 2},
                {"name": "b", "share": 0.5, "shortest": 1, "longest": 2, "memory": "associative"},
            ],
        },
    ],
    ids=["alone", "not the last", "unordered"],
)
def test_an_associative_track_in_the_wrong_place_is_refused(options):
    with pytest.raises(ValueError, match=r"associative|unordered"):
        NarrativeConfig(**options)


def test_the_decoder_says_what_it_has_no_form_for():
    assert "normalised" in make_stack(writes="normalised").layers[0].mixer.why_not_compiled()
    assert "associative" in associative().layers[0].mixer.why_not_compiled()
    assert make_stack().layers[0].mixer.why_not_compiled() is None
