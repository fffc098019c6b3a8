"""The C decoder beside the stack that it copies, on this machine: a part of the kernels' self-test."""

import copy
import math
import time

import torch
from torch import Tensor, nn

from pocket_narrator.models.decoder_program.operations import Precision
from pocket_narrator.models.decoding.compiled import CompiledDecoder
from pocket_narrator.models.decoding.decoder import Part
from pocket_narrator.models.self_test.check import Check
from pocket_narrator.models.stack import DecoderStack
from pocket_narrator.recipe.mixers import BUILT_IN
from pocket_narrator.recipe.schema import ModelConfig

EVERY_MIXER = " ".join(kind.name for kind in BUILT_IN)  # every operation of decode.h
MODEL = ModelConfig(layers=EVERY_MIXER, width=64, heads=2, context=128, tied_head=False)
VOCABULARY, LENGTHS = 200, (117, 63, 12)  # 192 tokens
LARGEST, STEP = 127, 2**-9  # of a weight
DTYPES: dict[Precision, torch.dtype] = {"fp32": torch.float32, "bf16": torch.bfloat16, "int8": torch.int8}


def check_decoder() -> list[Check]:
    """Reads three stories at once, in each precision. The error is infinite where one of them is not the same, to the last
    bit, alone and token by token."""
    stack = _make_stack()
    generator = torch.Generator().manual_seed(1)
    texts = [torch.randint(VOCABULARY, (length,), generator=generator).tolist() for length in LENGTHS]
    double = copy.deepcopy(stack).double()
    with torch.no_grad():
        expected = torch.cat([double(torch.tensor([text]))[:, -1] for text in texts]) @ double.head_weight.t()
        reference_seconds = min(_seconds_of_torch(stack, texts) for _ in range(2))
        return [_check(stack, texts, expected, precision, reference_seconds) for precision in DTYPES]


def _check(stack: DecoderStack, texts: list[list[int]], expected: Tensor, precision: Precision, torchs: float) -> Check:
    decoder = CompiledDecoder(stack, len(texts), precision)
    seconds, found = math.inf, expected
    for _ in range(2):
        started = time.perf_counter()
        decoder.read([Part(slot, text[:-1]) for slot, text in enumerate(texts)])
        found = decoder.read([Part(slot, text[-1:]) for slot, text in enumerate(texts)]).clone()
        seconds = min(seconds, time.perf_counter() - started)
        for slot in range(len(texts)):
            decoder.clear(slot)
    error = float((found - expected).abs().max() / expected.abs().max())
    alone = [decoder.read([Part(0, [token])])[0].clone() for token in texts[-1]][-1]
    return Check("decoder", DTYPES[precision], error if torch.equal(alone, found[-1]) else math.inf, seconds, torchs)


def _seconds_of_torch(stack: DecoderStack, texts: list[list[int]]) -> float:
    started = time.perf_counter()
    stack.next_logits(stack.start(texts))
    return time.perf_counter() - started


def _make_stack() -> DecoderStack:
    """Its matrices are whole numbers up to 127 times a power of two, which no precision rounds: only inputs are rounded."""
    generator = torch.Generator().manual_seed(0)
    stack = DecoderStack(MODEL, VOCABULARY).eval()
    with torch.no_grad():
        for module in stack.modules():
            if isinstance(module, nn.Linear | nn.Embedding):
                whole = torch.randn(module.weight.shape, generator=generator).mul(LARGEST / 3).round()
                whole.clamp_(-LARGEST, LARGEST)[:, 0] = LARGEST
                module.weight.copy_(whole * (STEP if isinstance(module, nn.Linear) else 2**-5))
    return stack
