"""How fast a model tells, and in how much memory: by batch, context and precision, with cached state and without."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch

from pocket_narrator.errors import NarratorError
from pocket_narrator.generation.engine import open_decoder
from pocket_narrator.generation.sampler import Sampler, choose_all
from pocket_narrator.generation.sampling import SamplingOptions
from pocket_narrator.models.decoder_program.operations import Precision
from pocket_narrator.models.decoding.compiled import CompiledDecoder
from pocket_narrator.models.decoding.decoder import Decoder, Part
from pocket_narrator.models.stack import DecoderStack
from pocket_narrator.progress import Progress

REPEATS = 5
TOKENS = 32  # told in a repeat
PROMPT = 16  # tokens before them where the context is not what is measured


@dataclass(frozen=True)
class Timed:
    """Medians of REPEATS, and their spread: (largest - smallest) / median."""

    median: float
    spread: float


@dataclass
class Bench:
    """What one run was measured at. Precisions that its model cannot have are missing."""

    run: str
    machine: str
    parameters: int
    decoder: str
    first_token_ms: dict[str, dict[int, Timed]] = field(default_factory=dict)  # by precision and length of the prompt
    tokens_per_second: dict[str, dict[int, Timed]] = field(
        default_factory=dict
    )  # by precision and batch, all stories together
    by_context: dict[int, Timed] = field(default_factory=dict)  # tokens a second of one story after so many, fp32
    uncached: dict[int, Timed] = field(default_factory=dict)  # the same with everything read again for each token
    state_bytes: dict[int, int] = field(default_factory=dict)  # of one story after so many tokens, fp32


def bench(
    name: str, model: DecoderStack, batches: Sequence[int], contexts: Sequence[int], precisions: Sequence[Precision]
) -> Bench:
    """Measures a model in evaluation mode. contexts: tokens; those beyond where its positions end are left out."""
    if not isinstance(model, DecoderStack):
        raise NarratorError(
            f"{name} is no decoder stack: an N-gram model has no state, no context and no precision to measure",
            hint="leave it out; benchmarks/ngram_speed.py measures N-grams",
        )
    if model.positions is not None:
        contexts = [length for length in contexts if length + TOKENS * (REPEATS + 1) <= model.context]
    decoder = open_decoder(model, 1)
    parameters = sum(parameter.numel() for parameter in model.parameters())
    on_gpu = model.device.type == "cuda"
    machine = torch.cuda.get_device_name(model.device) if on_gpu else f"{torch.get_num_threads()} threads"
    found = Bench(name, machine, parameters, type(decoder).__name__)
    progress = Progress(name, len(precisions) * (len(batches) + 2) + 3 * len(contexts), "measurements")
    for precision in precisions:
        found.tokens_per_second[precision] = {}
        for batch in batches:
            try:
                decoder = open_decoder(model, batch, precision)
            except NarratorError:
                del found.tokens_per_second[precision]
                break
            _read(decoder, batch, PROMPT, model.context)
            found.tokens_per_second[precision][batch] = _rate(
                lambda d=decoder, b=batch: _tell(d, b, TOKENS), batch * TOKENS
            )
            progress.advance()
        else:
            found.first_token_ms[precision] = _first_tokens(model, precision)
            progress.advance(2)
    for length in contexts:
        decoder = open_decoder(model, 1)
        _read(decoder, 1, length, model.context)
        found.by_context[length] = _rate(lambda d=decoder: _tell(d, 1, TOKENS), TOKENS)
        if isinstance(decoder, CompiledDecoder):
            found.state_bytes[length] = decoder.bytes_after(length)
        progress.advance(2)
        if length <= model.context:
            found.uncached[length] = _rate(lambda n=length: _tell_uncached(model, n, 2), 2)
        progress.advance()
    return found


def _first_tokens(model: DecoderStack, precision: Precision) -> dict[int, Timed]:
    """Milliseconds from a prompt to the token after it, by the length of the prompt."""
    times: dict[int, Timed] = {}
    for length in (PROMPT, model.context - 1):
        decoder = open_decoder(model, 1, precision)

        def run(decoder: Decoder = decoder, length: int = length) -> None:
            decoder.clear(0)
            _read(decoder, 1, length, model.context)
            _tell(decoder, 1, 1)

        rate = _rate(run, 1)
        times[length] = Timed(1000 / rate.median, rate.spread)
    return times


def _read(decoder: Decoder, batch: int, length: int, context: int) -> None:
    """Prompts of so many tokens, but for the last one. A decoder that reads prompts whole reads the context's length so,
    and then token by token."""
    tokens = [1 + n % 7 for n in range(length - 1)]
    whole = decoder.at_once or context
    later = decoder.at_once or 1
    for slot in range(batch):
        begin = 0
        while begin < len(tokens):
            count = later if begin else whole
            decoder.read([Part(slot, tokens[begin : begin + count])])
            begin += count


@torch.inference_mode()
def _tell(decoder: Decoder, batch: int, count: int) -> None:
    """Greedily, whatever is told, end-of-text included."""
    samplers = [Sampler(SamplingOptions(temperature=0), [], slot) for slot in range(batch)]
    tokens = [1] * batch
    for _ in range(count):
        logits = decoder.read([Part(slot, [token]) for slot, token in enumerate(tokens)])
        chosen = choose_all(logits, samplers)
        for failure in [one.failure for one in chosen if one.failure is not None]:
            raise failure
        tokens = [one.token for one in chosen]


@torch.inference_mode()
def _tell_uncached(model: DecoderStack, length: int, count: int) -> None:
    tokens = torch.ones(1, length, dtype=torch.long, device=model.device)
    for _ in range(count):
        token = (model(tokens)[:, -1] @ model.head_weight.T).argmax(dim=-1)
        tokens = torch.cat([tokens[:, 1:], token[:, None]], dim=1)


def _rate(run: Callable[[], None], count: int) -> Timed:
    """Units a second; the first run is thrown away."""
    rates = []
    for _ in range(REPEATS + 1):
        began = time.perf_counter()
        run()
        rates.append(count / (time.perf_counter() - began))
    median = statistics.median(rates[1:])
    return Timed(median, (max(rates[1:]) - min(rates[1:])) / median)
