"""The C decoder beside the stack's own recurrent form, and beside itself with other rows in the step."""

import copy
import random

import pytest
import torch

from pocket_narrator.models.decoding import compiled as compiled_decoder
from pocket_narrator.models.decoding.compiled import CompiledDecoder, why_not_compiled
from pocket_narrator.models.decoding.cuda_graph import GraphDecoder
from pocket_narrator.models.decoding.decoder import Part, TorchDecoder
from pocket_narrator.models.kernels import native
from pocket_narrator.models.stack import DecoderStack
from tests.models.stacks import MODELS, VOCABULARY, each, make_stack, random_tokens

pytestmark = pytest.mark.skipif(not native.available(), reason=native.status())

PROMPTS = [[0, 5], [0, 7, 8, 9], [0, 1, 2, 3, 4, 5, 6], [3]]
SLOTS = [3, 0, 5, 1]
TOLD_BY_TORCH = {"narrative, no parts", "narrative, normalised", "narrative, associative"}  # odd widths, no form in C
COMPILED = {name: model for name, model in MODELS.items() if name not in TOLD_BY_TORCH}


def parts_of(tokens: list[list[int]], slots: list[int] = SLOTS) -> list[Part]:
    return [Part(slot, ids) for slot, ids in zip(slots, tokens, strict=True)]


@torch.inference_mode()
def differences(stack: DecoderStack, decoder: CompiledDecoder, steps: int) -> float:
    """The largest difference from the stack's own logits, reading on far past the context, of the largest logit."""
    state = stack.start(PROMPTS)
    worst = (stack.next_logits(state) - decoder.read(parts_of(PROMPTS))).abs().max()
    for step in range(steps):
        tokens = random_tokens(len(PROMPTS), seed=step)
        state = stack.advance(state, tokens)
        expected = stack.next_logits(state)
        found = decoder.read(parts_of([[token] for token in tokens.tolist()]))
        worst = max(worst, (expected - found).abs().max())
    return float(worst / expected.abs().max())


@each(COMPILED)
def test_it_computes_what_the_stack_computes(model):
    stack = make_stack(model)
    assert differences(stack, CompiledDecoder(stack, 6), 3 * model.context) < 3e-6


@each(
    {
        name: MODELS[name]
        for name in ("gpt2", "llama", "everything", "mamba", "mamba2", "mamba3", "gated linear attention", "hybrid")
    }
)
@pytest.mark.parametrize(("precision", "limit"), [("bf16", 0.05), ("int8", 0.1)])
def test_rounded_weights_are_near(model, precision, limit):
    stack = make_stack(model)
    error = differences(stack, CompiledDecoder(stack, 6, precision), model.context - 7)
    assert 1e-5 < error < limit


def test_integers_are_the_weights_to_half_a_step():
    """A stack whose products are made of whole numbers up to 127 is not changed by int8 weights, but for its inputs."""
    stack = make_stack(MODELS["mamba"])
    with torch.no_grad():
        for module in stack.modules():
            if isinstance(module, torch.nn.Linear | torch.nn.Embedding):
                step = module.weight.abs().amax(dim=1, keepdim=True) / 127
                module.weight.copy_((module.weight / step).round() * step)
    assert differences(stack, CompiledDecoder(stack, 6, "int8"), 8) < 2e-3


@each(COMPILED)
@pytest.mark.parametrize("precision", ["fp32", "bf16", "int8"])
def test_results_do_not_depend_on_other_rows_or_on_chunks(model, precision):
    """To the last bit: alone and token by token; among others, with the beginning in random pieces."""
    stack, pick = make_stack(model), random.Random(0)
    alone, together = CompiledDecoder(stack, 1, precision), CompiledDecoder(stack, 9, precision)
    texts = [random_tokens(pick.randint(9, model.context), seed=n).tolist() for n in range(9)]
    expected = []
    for text in texts:
        alone.clear(0)
        expected.append([alone.read([Part(0, [token])])[0].clone() for token in text])
    left = {slot: list(text) for slot, text in enumerate(texts)}
    while left:
        slots = pick.sample(sorted(left), pick.randint(1, len(left)))
        parts = []
        for slot in slots:
            count = pick.randint(1, min(5, len(left[slot])))
            parts.append(Part(slot, left[slot][:count]))
            left[slot] = left[slot][count:]
        logits = together.read(parts)
        for part, row in zip(parts, logits, strict=True):
            read = len(texts[part.slot]) - len(left[part.slot])
            assert torch.equal(row, expected[part.slot][read - 1])
            if not left[part.slot]:
                del left[part.slot]


@each({name: MODELS[name] for name in ("llama", "mamba", "gpt2")})
def test_a_slot_that_was_cleared_remembers_nothing(model):
    decoder = CompiledDecoder(make_stack(model), 2)
    first = decoder.read([Part(1, [4, 5, 6])]).clone()
    decoder.read([Part(1, [7])])
    decoder.clear(1)
    assert torch.equal(decoder.read([Part(1, [4, 5, 6])]), first)


def test_more_tokens_than_a_step_takes(monkeypatch):
    stack = make_stack(MODELS["llama"])
    whole = CompiledDecoder(stack, 3)
    monkeypatch.setattr(compiled_decoder, "AT_ONCE", 2)
    small = CompiledDecoder(stack, 3)
    texts = [random_tokens(16, seed=n).tolist() for n in range(3)]
    assert torch.equal(small.read(parts_of(texts, [0, 1, 2])), whole.read(parts_of(texts, [0, 1, 2])))


@pytest.mark.parametrize("other", [TorchDecoder, GraphDecoder])
@each(MODELS)
def test_any_model_in_slots(model, other):
    """The other decoders beside the C decoder, or the model itself, with slots that come and go."""
    stack, pick = make_stack(model), random.Random(1)
    compiled = why_not_compiled(stack) is None
    plain, fast = other(stack, 4), CompiledDecoder(stack, 4) if compiled else TorchDecoder(stack, 4)
    begun: set[int] = set()
    for _ in range(60):
        parts = []
        for slot in pick.sample(range(4), pick.randint(1, 4)):
            if slot in begun and pick.random() < 0.2:
                plain.clear(slot)
                fast.clear(slot)
                begun.remove(slot)
            tokens = [pick.randrange(VOCABULARY) for _ in range(1 if slot in begun else pick.randint(1, 9))]
            parts.append(Part(slot, tokens))
            begun.add(slot)
        torch.testing.assert_close(plain.read(parts), fast.read(parts), rtol=1e-4, atol=1e-4)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
@each(MODELS)
def test_slots_on_a_gpu(model):
    """Recorded once and replayed: beside the model itself on the CPU, past the end of its context."""
    stack = make_stack(model)
    plain, fast = TorchDecoder(stack, 3), GraphDecoder(copy.deepcopy(stack).cuda(), 3)
    for step in range(40):
        parts = [Part(slot, [1 + (7 * step + slot) % 20]) for slot in ((0, 1, 2) if step % 5 else (2, 0))]
        torch.testing.assert_close(fast.read(parts), plain.read(parts), rtol=1e-3, atol=1e-3)


def test_what_is_not_compiled(monkeypatch):
    assert "multiples" in (why_not_compiled(make_stack(MODELS["narrative, no parts"])) or "")
    assert why_not_compiled(make_stack(MODELS["llama"])) is None
    assert "float32" in (why_not_compiled(make_stack(MODELS["llama"]).double()) or "")
    monkeypatch.setattr(native, "_loaded", native.Loaded(None, "torch", "torch kernels, for a test"))
    assert why_not_compiled(make_stack(MODELS["llama"])) == "torch kernels, for a test"
