"""`narrator evaluate`: measures a trained model on stories that it has not seen."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from pocket_narrator.allocator import keep_freed_memory

if TYPE_CHECKING:
    from pocket_narrator.evaluation.likelihood import Likelihood, PartLoss
    from pocket_narrator.evaluation.run import Evaluation, Protocol


def evaluate(
    run: Annotated[Path, typer.Argument(help="A run directory, such as runs/NAME.")],
    which: Annotated[Literal["best", "last"], typer.Option(help="The checkpoint to measure.")] = "best",
    split: Annotated[
        Literal["validation", "train"], typer.Option(help="The part of the corpus to measure it on.")
    ] = "validation",
    stories: Annotated[int | None, typer.Option(min=1, help="Only so many stories of it, at even distances.")] = None,
    stride: Annotated[
        int | None, typer.Option(min=1, help="Tokens that the window moves on by in long stories.")
    ] = None,
    precision: Annotated[Literal["fp32", "bf16"], typer.Option(help="Published figures are fp32.")] = "fp32",
) -> None:
    """Measure how well a model predicts stories: loss, perplexity, bits per byte, with intervals."""
    keep_freed_memory()
    from pocket_narrator.evaluation.run import evaluate_run

    print(describe(evaluate_run(run, which, split, stories, stride, precision)))


def describe(evaluation: "Evaluation") -> str:
    """The figures as a small table, and the protocol under it."""
    found, half, floor = evaluation.likelihood, evaluation.second_half, evaluation.floor
    rows = [
        ("bits per byte", found.bits_per_byte, found.bits_per_byte_interval),
        ("loss, nats a token", found.loss, found.loss_interval),
        ("perplexity", found.perplexity, found.perplexity_interval),
        ("perplexity of the second half given the first", half.perplexity, half.perplexity_interval),
    ]
    lines = [f"{'':<46}{'':>10}   95 % interval"]
    lines += [f"{name:<46}{value:>10.4f}   {low:.4f} to {high:.4f}" for name, value, (low, high) in rows]
    if floor is not None:
        lines.append(
            f"{'entropy floor of the corpus, bits per byte':<46}{floor.bits_per_byte:>10.4f}   +- {floor.standard_error:.4f}"
        )
        lines.append(f"{'bits per byte over the floor':<46}{floor.ratio:>10.3f}")
    if evaluation.by_source:
        lines += ["", *_sources(evaluation.by_source)]
    lines += ["", *_parts("token of the story", evaluation.by_position)]
    lines += ["", *_parts("percent of the story", evaluation.by_tenth)]
    lines += ["", *_protocol(evaluation.protocol, found.stories, found.tokens, found.bytes)]
    return "\n".join(lines)


def _sources(by_source: dict[str, "Likelihood"]) -> list[str]:
    lines = [f"{'source':<22}{'stories':>10}{'nats a token':>14}{'bits per byte':>16}   95 % interval"]
    for name, found in by_source.items():
        low, high = found.bits_per_byte_interval
        lines.append(
            f"{name:<22}{found.stories:>10,}{found.loss:>14.4f}{found.bits_per_byte:>16.4f}   {low:.4f} to {high:.4f}"
        )
    return lines


def _parts(heading: str, parts: list["PartLoss"]) -> list[str]:
    spans = [f"{part.first}-{part.last}" for part in parts]
    widths = [max(len(span), 5) + 2 for span in spans]
    columns = list(zip(spans, parts, widths, strict=True))
    return [
        f"{heading:<22}" + "".join(f"{span:>{width}}" for span, _, width in columns),
        f"{'loss':<22}" + "".join(f"{part.loss:>{width}.3f}" for _, part, width in columns),
    ]


def _protocol(protocol: "Protocol", stories: int, tokens: int, n_bytes: int) -> list[str]:
    of = "" if stories == protocol.split_stories else f" of {protocol.split_stories:,}"
    is_counted = protocol.seed is None  # an N-gram
    work = "counted once" if is_counted else f"{protocol.training_flops:.2e} FLOPs, seed {protocol.seed}"
    windows = f"context {protocol.context}, stride {protocol.stride}"
    if protocol.carried:
        windows = f"the state carried on through all of it in windows of {protocol.context}"
    windows += f", {protocol.precision}"
    windows = "read whole" if is_counted else windows
    return [
        f"{protocol.run}, step {protocol.step:,}: {protocol.parameters:,} parameters ({protocol.non_embedding_parameters:,} "
        f"without embeddings), {protocol.training_tokens:,} training tokens, {work}",
        f"{stories:,}{of} {protocol.split} stories ({tokens:,} tokens, {n_bytes:,} bytes) of corpus "
        f"{protocol.corpus_hash[:12]}; tokenizer {protocol.tokenizer[:12]} ({protocol.vocabulary_size:,} tokens)",
        f"every story from its end-of-text start, {windows}; intervals by bootstrap over stories",
    ]
