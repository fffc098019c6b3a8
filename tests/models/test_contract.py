"""What every stack must do, whatever its options: the contract between training, scoring and telling.

What a mixer must do by itself is in `pocket_narrator.testing`, and tried in `test_mixers.py`; here is what surrounds mixers.
"""

import itertools
import math
import random

import pytest
import torch

from pocket_narrator.models.kernels import native
from pocket_narrator.models.stack import DecoderStack
from pocket_narrator.run.checkpoint import load_model_tensors, save_checkpoint
from tests.models.stacks import (
    ABSOLUTE,
    MODELS,
    RELATIVE,
    STACKS,
    VOCABULARY,
    each,
    log_softmax_of,
    make_stack,
    random_tokens,
)


@each(STACKS)
def test_no_output_depends_on_a_later_token(model, kernels):
    stack = make_stack(model)
    pick = random.Random(3)
    for case in range(12):
        rows, length = pick.randint(1, 4), pick.randint(2, model.context)
        tokens = random_tokens(rows, length, seed=case)
        starts = torch.rand(rows, length, generator=torch.Generator().manual_seed(case)) < 0.2 if case % 2 else None
        at = pick.randrange(1, length)
        changed = tokens.clone()
        changed[:, at:] = (changed[:, at:] + 1 + torch.arange(length - at) % 3) % VOCABULARY
        with torch.no_grad():
            before, after = stack(tokens, starts), stack(changed, starts)
        assert torch.equal(before[:, :at], after[:, :at])
        assert not torch.equal(before[:, at:], after[:, at:])
        assert torch.equal(stack.log_probs(tokens)[:, : at - 1], stack.log_probs(changed)[:, : at - 1])


@each(STACKS)
def test_no_gradient_reaches_back_from_an_earlier_output(model, kernels):
    stack = make_stack(model)
    embedded = []
    stack.embedding.register_forward_hook(lambda _, __, output: embedded.append(output) or output.retain_grad())
    stack(random_tokens(2, 13))[:, 7].square().sum().backward()
    gradient = embedded[0].grad.abs().sum(-1)
    assert (gradient[:, 8:] == 0).all()
    assert (gradient[:, 7] > 0).all()


@each(STACKS)
def test_telling_gives_what_scoring_gives(model):
    stack = make_stack(model).double()
    tokens = random_tokens(3, model.context)
    with torch.no_grad():
        expected = log_softmax_of(stack, stack(tokens))
    for read_at_once in (1, 2, model.context // 2, model.context):
        state = stack.start(tokens[:, :read_at_once].tolist())
        for t in range(read_at_once, model.context + 1):
            found = torch.log_softmax(stack.next_logits(state).double(), dim=-1)
            torch.testing.assert_close(found, expected[:, t - 1], rtol=1e-5, atol=1e-5)  # next_logits are float32
            torch.testing.assert_close(log_softmax_of(stack, state.hidden_BC), expected[:, t - 1], rtol=0, atol=1e-10)
            if t < model.context:
                state = stack.advance(state, tokens[:, t])


@each(RELATIVE)
def test_telling_past_the_context_slides_a_window(model):
    stack = make_stack(model).double()
    tokens = random_tokens(2, 3 * model.context + 5)
    with torch.no_grad():
        expected = stack(tokens)  # the parallel form sees at most a context in each layer, however long the row
    state = stack.start(tokens[:, : model.context].tolist())
    for t in range(model.context, tokens.shape[1]):
        state = stack.advance(state, tokens[:, t])
        torch.testing.assert_close(state.hidden_BC, expected[:, t], rtol=0, atol=1e-9)


@each(ABSOLUTE)
def test_telling_past_the_context_restarts_from_half_a_context(model):
    stack = make_stack(model).double()
    lengths = [model.context, 3, 9]  # rows run out of positions at different times
    tokens = random_tokens(3, 3 * model.context)
    state = stack.start([row[:length].tolist() for row, length in zip(tokens, lengths, strict=True)])
    begins = [0, 0, 0]
    for step in range(2 * model.context - 1):
        at = [length + step for length in lengths]  # what each row reads next
        begins = [a - model.context // 2 if a - b == model.context else b for a, b in zip(at, begins, strict=True)]
        state = stack.advance(state, torch.stack([row[a] for row, a in zip(tokens, at, strict=True)]))
        for row, (a, begin) in enumerate(zip(at, begins, strict=True)):
            with torch.no_grad():
                expected = stack(tokens[row : row + 1, begin : a + 1])[0, -1]
            torch.testing.assert_close(state.hidden_BC[row], expected, rtol=0, atol=1e-10)
    assert min(begins) > 0


@each(STACKS)
def test_a_packed_row_is_its_stories_side_by_side(model, kernels):
    stack = make_stack(model)
    pick = random.Random(5)
    for case in range(8):
        tokens = random_tokens(2, model.context, seed=case)
        starts = torch.zeros(2, model.context, dtype=torch.bool)
        for row in range(2):
            begins = sorted(pick.sample(range(model.context), pick.randint(1, 4)))
            starts[row, begins] = True
        with torch.no_grad():
            packed = stack(tokens, starts)
            for row in range(2):
                cuts = [0, *starts[row].nonzero().flatten().tolist(), model.context]
                for begin, end in itertools.pairwise(cuts):
                    if begin < end:
                        alone = stack(tokens[row : row + 1, begin:end])[0]
                        torch.testing.assert_close(packed[row, begin:end], alone, rtol=1e-4, atol=2e-5)


@each(STACKS)
def test_a_story_in_a_packed_row_knows_nothing_of_the_one_before(model, kernels):
    stack = make_stack(model)
    tokens = random_tokens(1, model.context)
    starts = torch.zeros_like(tokens, dtype=torch.bool)
    starts[0, [0, 6]] = True
    changed = tokens.clone()
    changed[0, :6] = (changed[0, :6] + 1) % VOCABULARY
    with torch.no_grad():
        assert torch.equal(stack(tokens, starts)[:, 6:], stack(changed, starts)[:, 6:])
        assert not torch.equal(stack(tokens)[:, 6:], stack(changed)[:, 6:])


@each(STACKS)
def test_a_row_does_not_depend_on_its_neighbours(model):
    stack = make_stack(model)
    pick = random.Random(7)
    for rows in (2, 5, 16):
        lengths = [pick.randint(1, model.context) for _ in range(rows)]
        prompts = [random_tokens(length, seed=length).tolist() for length in lengths]
        batch = stack.start(prompts)
        alone = [stack.start([prompt]) for prompt in prompts]
        for step in range(6):
            together = stack.next_logits(batch)
            apart = torch.cat([stack.next_logits(state) for state in alone])
            torch.testing.assert_close(together, apart, rtol=1e-5, atol=1e-5)
            tokens = random_tokens(rows, seed=step)
            batch = stack.advance(batch, tokens)
            alone = [stack.advance(state, tokens[row : row + 1]) for row, state in enumerate(alone)]


@each(STACKS)
def test_states_can_be_selected_and_joined(model):
    stack = make_stack(model)
    prompts = [random_tokens(length, seed=length).tolist() for length in (3, 1, model.context, 7)]
    state = stack.start(prompts)
    shuffled = state.select(torch.tensor([2, 0])).join(state.select(torch.tensor([3])))
    tokens = random_tokens(4)
    expected = stack.next_logits(stack.advance(state, tokens))[[2, 0, 3]]
    found = stack.next_logits(stack.advance(shuffled, tokens[[2, 0, 3]]))
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)


@each(MODELS)
def test_loss_and_log_probs_score_the_next_token(model, kernels):
    stack = make_stack(model)
    tokens = random_tokens(3, model.context)
    log_probs = stack.log_probs(tokens)
    with torch.no_grad():
        every = log_softmax_of(stack, stack(tokens[:, :-1]))
    torch.testing.assert_close(log_probs, every.gather(2, tokens[:, 1:, None])[..., 0], rtol=1e-5, atol=1e-5)
    loss = stack.loss(tokens[:, :-1], tokens[:, 1:])
    torch.testing.assert_close(loss, -log_probs.sum(), rtol=1e-5, atol=0)
    some = tokens[:, 1:].clone()
    some[:, ::3] = -100
    expected = -log_probs[some != -100].sum()
    torch.testing.assert_close(stack.loss(tokens[:, :-1], some), expected, rtol=1e-5, atol=0)


def one_hot_stack(head: torch.Tensor) -> DecoderStack:
    """Layers that add nothing, one direction for each token: the next token depends on the last one only, by `head`."""
    model = MODELS["sinusoidal"].model_copy(update={"width": 40, "heads": 4, "positions": "none"})
    stack = DecoderStack(model, VOCABULARY).eval()  # zero_init: layers add nothing
    with torch.no_grad():
        stack.embedding.weight.copy_(torch.eye(VOCABULARY, 40))
        stack.head.weight.copy_(head)
    return stack


def test_a_uniform_model_scores_exactly_log_v(kernels):
    stack = one_hot_stack(torch.zeros(VOCABULARY, 40))
    tokens = random_tokens(4, 12)
    torch.testing.assert_close(stack.log_probs(tokens), torch.full((4, 11), -math.log(VOCABULARY)), rtol=1e-6, atol=0)
    assert stack.loss(tokens[:, :-1], tokens[:, 1:]).item() == pytest.approx(44 * math.log(VOCABULARY), rel=1e-6)


def test_a_model_that_copies_the_last_token_scores_badly(kernels):
    copying = one_hot_stack(10 * torch.eye(VOCABULARY, 40))
    counting = torch.arange(30)[None] % VOCABULARY  # no token follows itself
    assert (copying.log_probs(counting) < -3 * math.log(VOCABULARY)).all()
    assert copying.loss(counting[:, :-1], counting[:, 1:]) / 29 > 3 * math.log(VOCABULARY)


def test_a_model_that_knows_the_next_token_scores_zero(kernels):
    knowing = one_hot_stack(100 * torch.eye(VOCABULARY, 40).roll(1, dims=0))  # after v comes v + 1
    counting = torch.arange(30)[None] % VOCABULARY
    assert (knowing.log_probs(counting) == 0).all()
    assert knowing.loss(counting[:, :-1], counting[:, 1:]) == 0


@each(STACKS)
def test_saved_and_loaded_weights_are_the_same_model(model, tmp_path):
    stack = make_stack(model)
    path = save_checkpoint(tmp_path, 1, stack.state_dict(), {}, {})
    again = DecoderStack(model, VOCABULARY).eval()
    again.load_state_dict(load_model_tensors(path))
    tokens = random_tokens(2, model.context)
    assert torch.equal(stack.log_probs(tokens), again.log_probs(tokens))
    assert torch.equal(stack.next_logits(stack.start(tokens.tolist())), again.next_logits(again.start(tokens.tolist())))


@each(MODELS)
def test_c_and_torch_kernels_train_the_same(model, monkeypatch):
    if not native.available():
        pytest.skip(native.status())
    tokens = random_tokens(3, model.context)
    gradients = []
    for library in (native._loaded, native.Loaded(None, "torch", "torch kernels, for a test")):
        monkeypatch.setattr(native, "_loaded", library)
        stack = make_stack(model)
        stack.loss(tokens[:, :-1], tokens[:, 1:]).backward()
        gradients.append({name: parameter.grad for name, parameter in stack.named_parameters()})
    for name, expected in gradients[1].items():
        torch.testing.assert_close(gradients[0][name], expected, rtol=1e-3, atol=1e-4 * expected.abs().max().item())


@each(STACKS)
def test_every_parameter_is_used(model):
    stack = make_stack(model)
    tokens = random_tokens(8, model.context)
    stack.loss(tokens[:, :-1], tokens[:, 1:]).backward()
    unused = [name for name, p in stack.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert unused == []


def test_dropout_is_for_training_only():
    model = MODELS["llama"].model_copy(update={"dropout": 0.5})
    stack, sober = make_stack(model), make_stack(MODELS["llama"])
    tokens = random_tokens(2, 16)
    with torch.no_grad():
        assert torch.equal(stack(tokens), sober(tokens))
        stack.train()
        assert not torch.equal(stack(tokens), stack(tokens))


@each(MODELS)
def test_recomputed_activations_give_the_same_gradients(model):
    tokens = random_tokens(2, model.context)
    starts = random_tokens(2, model.context, seed=2) < 5
    found = []
    for recompute in (False, True):
        stack = make_stack(model.model_copy(update={"dropout": 0.0})).train()
        stack.activation_checkpointing = recompute
        stack.loss(tokens[:, :-1], tokens[:, 1:], starts[:, :-1]).backward()
        found.append([parameter.grad for parameter in stack.parameters()])
    for plain, recomputed in zip(*found, strict=True):
        assert torch.equal(plain, recomputed)


@each({name: MODELS[name] for name in ("gpt2", "everything")})
def test_autocast_scores_nearly_the_same(model):
    stack = make_stack(model)
    tokens = random_tokens(4, model.context)
    with torch.autocast("cpu", torch.bfloat16):
        rough = stack.log_probs(tokens)
    exact = stack.log_probs(tokens)
    assert rough.dtype == torch.float32
    assert (rough - exact).abs().mean() < 0.05


@pytest.mark.slow
@each({name: MODELS[name] for name in ("gpt2", "everything")})
def test_layers_compile(model):
    tokens = random_tokens(2, model.context)
    found = []
    for compiled in (False, True):
        stack = make_stack(model)
        if compiled:
            for layer in stack.layers:
                layer.compile(fullgraph=True)
        stack.loss(tokens[:, :-1], tokens[:, 1:]).backward()
        found.append([parameter.grad for parameter in stack.parameters()])
    for eager, fast in zip(*found, strict=True):
        torch.testing.assert_close(fast, eager, rtol=1e-3, atol=1e-4 * eager.abs().max().item())
