"""`narrator evaluate`: evaluates a trained model, a published one, or a corpus."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from pocket_narrator.cli.arguments.corpus import is_recipe_file
from pocket_narrator.cli.arguments.output import folder_to_write
from pocket_narrator.cli.arguments.run import DATA, newest_run
from pocket_narrator.cli.arguments.without_effect import given_options, refuse_without_effect
from pocket_narrator.errors import NarratorError
from pocket_narrator.process.allocator import keep_freed_memory
from pocket_narrator.recipe.limits import MOST_STORIES
from pocket_narrator.run.find import CONFIG, find_run
from pocket_narrator.terminal.messages import command

if TYPE_CHECKING:
    from pocket_narrator.evaluation.likelihood.of_run import Evaluation, Protocol
    from pocket_narrator.evaluation.likelihood.scores import Likelihood, PartLoss
    from pocket_narrator.evaluation.suite import LabReport


def evaluate(
    context: typer.Context,
    target: Annotated[
        str,
        typer.Argument(
            help="A run directory (runs/NAME) or its name, a story file (.txt, or .jsonl with generated stories), or "
            "hf:ID-or-path.",
            metavar="RUN|FILE|hf:MODEL",
            default_factory=lambda: str(newest_run()),
            show_default="the newest run",
        ),
    ],
    suite: Annotated[
        Literal["quick", "full", "memory", "ledger", "coherence"] | None,
        typer.Option(
            help="quick, full: also generate stories and evaluate them. Of runs of StoryWorld: memory, what it remembers; ledger, "
            "where it pays more bits than the stories cost; coherence, whether its stories contradict themselves. Without it, a "
            "run's likelihood only."
        ),
    ] = None,
    which: Annotated[Literal["best", "last"], typer.Option(help="The checkpoint to evaluate.")] = "best",
    checkpoints: Annotated[
        bool, typer.Option("--checkpoints", help="--suite memory: all checkpoints of the run, one after the other.")
    ] = False,
    split: Annotated[
        Literal["validation", "train"], typer.Option(help="The split of the corpus to evaluate it on.")
    ] = "validation",
    stories: Annotated[
        int | None, typer.Option(min=1, max=MOST_STORIES, help="Only so many stories of it, at even distances.")
    ] = None,
    stride: Annotated[
        int | None, typer.Option(min=1, help="Stride of the sliding window over long stories, in tokens.")
    ] = None,
    precision: Annotated[Literal["fp32", "bf16"], typer.Option(help="Published figures are fp32.")] = "fp32",
    data: Annotated[Path | None, DATA] = None,
    on: Annotated[
        Path | None, typer.Option(help="hf: only: the run or story file whose stories the model is evaluated on.")
    ] = None,
    embedder: Annotated[
        str | None, typer.Option(help="Sentence embeddings: minilm, or folder or id of a sentence-transformers model.")
    ] = None,
    grammar: Annotated[
        str | None,
        typer.Option(
            help="Acceptability: folder or id of a two-label sequence classifier, such as one trained on CoLA."
        ),
    ] = None,
    nouns: Annotated[Literal["auto", "spacy", "textblob", "words"], typer.Option(help="What finds nouns.")] = "auto",
    out: Annotated[
        Path | None,
        typer.Option(
            parser=folder_to_write, metavar="FOLDER", help="Where the values of a file or a published model go."
        ),
    ] = None,
) -> None:
    """Evaluate a model: how well it predicts held-out stories and, with --suite, what the stories that it generates are like.

    A file alone is evaluated as what a perfect model would generate: its stories, and their second halves.
    """
    if not target.startswith("hf:") and (not Path(target).is_file() or is_recipe_file(target)):
        target = str(find_run(Path(target), or_else="a story file, or hf:ID for a published model"))
    _refuse_useless(given_options(context), target, suite)
    if target.startswith("hf:") and on is not None and on.is_file():
        refuse_without_effect(given_options(context), ["data"], "where --on is a file: it is the text itself")
    if out is not None and (out / CONFIG).exists():
        raise NarratorError(
            "--out is a run, whose own figures would be lost",
            where=str(out),
            hint="name a folder of its own: --out FOLDER",
        )
    keep_freed_memory()
    if suite == "memory":
        _examine(target, which, checkpoints, on, out, stories, data)
        return
    if suite == "ledger":
        _keep_ledger(target, which, stories, data)
        return
    if suite == "coherence":
        _evaluate_coherence(target, given_options(context), which, data)
        return
    if target.startswith("hf:") or suite is not None or Path(target).is_file():
        from pocket_narrator.evaluation.suite import Options

        options = Options(suite or "quick", nouns, embedder, grammar)
        _evaluate_suite(target, options, which, on, out, stories, data)
        return
    from pocket_narrator.evaluation.likelihood.of_run import evaluate_run
    from pocket_narrator.evaluation.wandb_mirror import mirror_evaluation

    print(describe(evaluate_run(target, which, split, stories, stride, precision, text=data)))
    mirror_evaluation(Path(target))


def _refuse_useless(given: dict[str, str], target: str, suite: str | None) -> None:
    """Options that would change nothing, by what is evaluated."""
    of_a_likelihood = ["split", "stride", "precision", "stories"]
    is_published = target.startswith("hf:")
    if suite in ("memory", "ledger"):
        others = [*of_a_likelihood[:-1], "embedder", "grammar", "nouns"]
        refuse_without_effect(given, others, f"with --suite {suite}, which looks at every model in the same way")
        if suite == "ledger":
            refuse_without_effect(given, ["checkpoints"], "without --suite memory", "add --suite memory")
        if "checkpoints" in given:
            when = "with --checkpoints, which takes all that the run has kept"
            refuse_without_effect(given, ["which"], when)
    else:
        refuse_without_effect(given, ["checkpoints"], "without --suite memory", "add --suite memory")
        _refuse_elsewhere(given, target, suite, of_a_likelihood)
    if is_published or Path(target).is_file():
        refuse_without_effect(given, ["which", "checkpoints"], "without a run, which has checkpoints")
    else:
        refuse_without_effect(given, ["out"], "with a run, whose values go into its own folder")
    if not is_published:
        when = "without hf:MODEL: a run is evaluated on its own corpus, a file on itself"
        refuse_without_effect(given, ["on"], when)


def _refuse_elsewhere(given: dict[str, str], target: str, suite: str | None, of_a_likelihood: list[str]) -> None:
    """The same, of a likelihood and of suites that generate stories."""
    if target.startswith("hf:"):
        when = "with a published model, which is evaluated on all stories of --on"
        refuse_without_effect(given, of_a_likelihood, when, "leave it out; --on takes a file of fewer stories, too")
    elif Path(target).is_file():
        refuse_without_effect(given, of_a_likelihood[:-1], "with a story file, which is no model")
        refuse_without_effect(given, ["data"], "with a file, which is the text itself")
    elif suite is not None:
        alone = "a run's likelihood alone takes them: narrator evaluate RUN without --suite"
        refuse_without_effect(
            given, of_a_likelihood, "with --suite, which evaluates every model in the same way", alone
        )
    else:
        when = "without --suite, which generates the stories that it is about"
        refuse_without_effect(given, ["embedder", "grammar", "nouns"], when, "add --suite quick")


def _examine(
    target: str,
    which: Literal["best", "last"],
    checkpoints: bool,
    on: Path | None,
    out: Path | None,
    stories: int | None,
    data: Path | None,
) -> None:
    """--suite memory"""
    from pocket_narrator.evaluation.memory.describe import describe_curve, describe_exam
    from pocket_narrator.evaluation.memory.exam import examine_checkpoints, examine_hugging_face, examine_run
    from pocket_narrator.evaluation.wandb_mirror import mirror_evaluation

    if target.startswith("hf:"):
        if on is None or on.is_file():
            raise NarratorError(
                "about which stories? They are told again with one thing changed, so a run says which",
                where=target,
                hint="--on RUN, a run of StoryWorld",
            )
        print(describe_exam(examine_hugging_face(target, on, out, stories, data)))
        return
    if Path(target).is_file():
        raise NarratorError("a story file has no memory", where=target, hint="--suite memory is for runs and hf:MODEL")
    if checkpoints:
        print(describe_curve(examine_checkpoints(target, stories, data)))
    else:
        print(describe_exam(examine_run(target, which, stories, data)))
    mirror_evaluation(Path(target))


def _keep_ledger(target: str, which: Literal["best", "last"], stories: int | None, data: Path | None) -> None:
    """--suite ledger"""
    from pocket_narrator.evaluation.ledger.describe import describe_ledger
    from pocket_narrator.evaluation.ledger.ledger import keep_ledger
    from pocket_narrator.evaluation.wandb_mirror import mirror_evaluation

    if target.startswith("hf:") or Path(target).is_file():
        raise NarratorError(
            "the ledger lays a model's bits beside the decisions of the stories that it was trained on",
            where=target,
            expected="a run of StoryWorld",
            hint="narrator evaluate RUN --suite ledger; --suite memory takes hf:MODEL, too",
        )
    print(describe_ledger(keep_ledger(target, which, stories, data)))
    mirror_evaluation(Path(target))


def _evaluate_suite(
    target: str,
    options,
    which: Literal["best", "last"],
    on: Path | None,
    out: Path | None,
    stories: int | None,
    data: Path | None,
) -> None:
    from pocket_narrator.evaluation.suite import evaluate_corpus, evaluate_hugging_face, evaluate_run_suite
    from pocket_narrator.evaluation.wandb_mirror import mirror_evaluation

    if target.startswith("hf:"):
        if on is None:
            raise NarratorError(
                "on which stories?", where=target, hint="--on RUN (its validation stories) or --on FILE"
            )
        report = evaluate_hugging_face(target, on, options, out, data)
    elif Path(target).is_file():
        report = evaluate_corpus(target, options, out, stories)
    else:
        report = evaluate_run_suite(target, which, options, data)
        mirror_evaluation(Path(target))
    print(describe_report(report))


def _evaluate_coherence(target: str, given: dict[str, str], which: Literal["best", "last"], data: Path | None) -> None:
    from pocket_narrator.evaluation.coherence.of_run import describe_coherence, evaluate_coherence
    from pocket_narrator.evaluation.wandb_mirror import mirror_evaluation

    if target.startswith("hf:") or Path(target).is_file():
        hint = command("read", target) if Path(target).is_file() else "narrator evaluate RUN --suite coherence"
        raise NarratorError("--suite coherence is of runs, which tell the stories", where=target, hint=hint)
    refuse_without_effect(given, ["embedder", "grammar", "nouns"], "with --suite coherence")
    print(describe_coherence(evaluate_coherence(target, which, data)))
    mirror_evaluation(Path(target))


def describe_report(report: "LabReport") -> str:
    """Likelihood and calibration where there are any, then the table of metrics on stories."""
    from pocket_narrator.evaluation.samples.measure import describe_figures, describe_measured

    lines = []
    if report.evaluation is not None:
        lines += [describe(report.evaluation), ""]
    if report.calibration is not None:
        lines += ["calibration", *describe_figures(report.calibration.figures), ""]
    lines += [*describe_measured(report.measured), "", f"nouns by {report.about['nouns']}; written to {report.written}"]
    return "\n".join(lines)


def describe(evaluation: "Evaluation") -> str:
    """The figures as a small table, and the protocol under it."""
    from pocket_narrator.evaluation.statistics.bootstrap import spell_interval

    found, floor = evaluation.likelihood, evaluation.floor
    half = evaluation.second_half
    rows = [
        ("bits per byte", found.bits_per_byte, found.bits_per_byte_interval),
        ("loss, nats/token", found.loss, found.loss_interval),
        ("perplexity", found.perplexity, found.perplexity_interval),
        ("perplexity of the second half given the first", half.perplexity, half.perplexity_interval),
    ]
    lines = [f"{'':<46}{'':>10}   95 % interval"]
    lines += [f"{name:<46}{value:>10.4f}   {spell_interval(interval, found.stories)}" for name, value, interval in rows]
    if floor is not None:
        lines.append(
            f"{'corpus entropy, bits per byte':<46}{floor.bits_per_byte:>10.4f}   +- {floor.standard_error:.4f}"
        )
        spread = "" if floor.ratio_interval is None else "   " + spell_interval(floor.ratio_interval, found.stories, 3)
        lines.append(f"{'times the lower bound (corpus entropy)':<46}{floor.ratio:>10.3f}{spread}")
    if evaluation.by_source:
        lines += ["", *_sources(evaluation.by_source)]
    lines += ["", *_parts("token of the story", evaluation.by_position)]
    lines += ["", *_parts("percent of the story", evaluation.by_tenth)]
    if evaluation.by_distance:
        lines += ["", *_distances(evaluation)]
    lines += ["", *_protocol(evaluation.protocol, found.stories, found.tokens, found.bytes)]
    return "\n".join(lines)


def _sources(by_source: dict[str, "Likelihood"]) -> list[str]:
    from pocket_narrator.evaluation.statistics.bootstrap import spell_interval

    lines = [f"{'source':<22}{'stories':>10}{'nats/token':>14}{'bits per byte':>16}   95 % interval"]
    for name, found in by_source.items():
        interval = spell_interval(found.bits_per_byte_interval, found.stories)
        lines.append(f"{name:<22}{found.stories:>10,}{found.loss:>14.4f}{found.bits_per_byte:>16.4f}   {interval}")
    return lines


def _distances(evaluation: "Evaluation") -> list[str]:
    from pocket_narrator.evaluation.statistics.bootstrap import spell_interval

    protocol = evaluation.protocol
    lines = [f"{'tokens from the beginning':<28}{'bits per byte':>14}{'95 % interval':>24}{'texts':>9}"]
    for part in evaluation.by_distance:
        interval = spell_interval(part.interval, part.texts, of="texts")
        span = f"{part.first:,}-{part.last:,}"
        lines.append(f"{span:<28}{part.bits_per_byte:>14.4f}{interval:>24}{part.texts:>9,}")
    if protocol.carried or protocol.training_flops == 0:
        return lines
    sees = f"before each token the model sees {protocol.context - protocol.stride + 1:,} to {protocol.context:,} tokens at most: farther from the beginning, it "
    return [*lines, f"{sees}knows no more, and differences are those of the texts"]


def _parts(heading: str, parts: list["PartLoss"]) -> list[str]:
    spans = [f"{part.first}-{part.last}" for part in parts]
    widths = [max(len(span), 5) + 2 for span in spans]
    columns = list(zip(spans, parts, widths, strict=True))
    return [
        f"{heading:<22}" + "".join(f"{span:>{width}}" for span, _, width in columns),
        f"{'loss':<22}" + "".join(f"{part.loss:>{width}.3f}" for _, part, width in columns),
    ]


def _protocol(protocol: "Protocol", stories: int, tokens: int, n_bytes: int) -> list[str]:
    from pocket_narrator.evaluation.likelihood.of_run import windows_of

    of = "" if stories == protocol.split_stories else f" of {protocol.split_stories:,}"
    is_counted = protocol.training_flops == 0  # an N-gram
    if protocol.training_tokens is None:
        name, work = protocol.run, "trained elsewhere"
    else:
        name, work = f"{protocol.run}, step {protocol.step:,}", f"{protocol.training_tokens:,} training tokens, "
        work += "counted once" if is_counted else f"{protocol.training_flops:.2e} FLOPs, seed {protocol.seed}"
    windows = "read whole" if is_counted else f"{windows_of(asdict(protocol))}, {protocol.precision}"
    return [
        f"{name}: {protocol.parameters:,} parameters ({protocol.non_embedding_parameters:,} without embedding tables), {work}",
        f"{stories:,}{of} {protocol.split} stories ({tokens:,} tokens, {n_bytes:,} bytes) of corpus "
        f"{protocol.corpus_hash[:12]}; tokenizer {protocol.tokenizer[:12]} ({protocol.vocabulary_size:,} tokens)",
        f"every story from its end-of-text start, {windows}; intervals by bootstrap over stories",
    ]
