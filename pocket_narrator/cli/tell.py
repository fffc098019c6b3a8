"""`narrator tell`: generates stories with a trained model."""

import io
import secrets
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from pocket_narrator.cli.arguments.prompt import read_prompts
from pocket_narrator.cli.arguments.run import RUN
from pocket_narrator.cli.arguments.without_effect import given_options, refuse_in_tell
from pocket_narrator.cli.story_printer import StoryPrinter
from pocket_narrator.process.allocator import keep_freed_memory
from pocket_narrator.recipe.limits import MOST_GENERATED
from pocket_narrator.terminal.visible_text import drawn_on

if TYPE_CHECKING:
    from pocket_narrator.generation.narrator import Narrator
    from pocket_narrator.generation.request import GeneratedToken


def tell(
    context: typer.Context,
    run: Annotated[Path, RUN],
    prompt: Annotated[
        list[str] | None,
        typer.Argument(
            help="Prompts, each in quotes; words without quotes are one prompt; - reads one from standard input; "
            "by default the recipe's."
        ),
    ] = None,
    prompts: Annotated[
        list[str] | None, typer.Option("--prompt", help="A prompt, whatever is in it; can be given again.")
    ] = None,
    temperature: Annotated[
        float | None, typer.Option(help="Divides the logits: lower is safer, higher is wilder; 0 is --greedy.")
    ] = None,
    top_k: Annotated[int | None, typer.Option(help="Top-k sampling: only the k most likely tokens.")] = None,
    top_p: Annotated[
        float | None, typer.Option(help="Nucleus sampling: only the most likely tokens of this total probability.")
    ] = None,
    min_p: Annotated[
        float | None,
        typer.Option(help="Min-p sampling: no token below this share of the most likely one's probability."),
    ] = None,
    typical: Annotated[
        float | None,
        typer.Option(
            help="Locally typical sampling: tokens of about the expected surprisal, of this total probability."
        ),
    ] = None,
    mirostat: Annotated[float | None, typer.Option(help="Mirostat v2: target surprisal, bits/token.")] = None,
    repetition_penalty: Annotated[float | None, typer.Option(help="Above 1 penalises repeated tokens.")] = None,
    no_repeat_ngram: Annotated[int | None, typer.Option(help="Never repeat an n-gram of so many tokens.")] = None,
    max_tokens: Annotated[int | None, typer.Option(help="Maximum number of new tokens of a story.")] = None,
    stop: Annotated[
        list[str] | None, typer.Option(help="Stop sequence: end a story before this text; can be given again.")
    ] = None,
    stories: Annotated[int, typer.Option(min=1, max=MOST_GENERATED, help="Stories for each prompt.")] = 1,
    seed: Annotated[
        int | None, typer.Option(help="The same seed gives the same stories; a new one by default.")
    ] = None,
    greedy: Annotated[bool, typer.Option("--greedy", help="Always take the most likely token.")] = False,
    which: Annotated[Literal["best", "last"], typer.Option(help="The checkpoint to use.")] = "best",
    stream: Annotated[
        bool, typer.Option(help="Show stories while they are generated, or when they are finished.")
    ] = True,
    json: Annotated[bool, typer.Option("--json", help="One line of JSON a story, with its options.")] = False,
    logprobs: Annotated[
        int | None, typer.Option(help="With --json: log-probabilities of the tokens, and of so many most likely ones.")
    ] = None,
    beams: Annotated[
        int | None,
        typer.Option(help="Beam search of this width instead of sampling; of the options, --max-tokens counts."),
    ] = None,
    precision: Annotated[
        Literal["fp32", "bf16", "int8"], typer.Option(help="Of the weights, on a CPU; int8 rounds embeddings too.")
    ] = "fp32",
) -> None:
    """Generate stories; options that are not given are the recipe's. Lines are wrapped on a terminal, and only there."""
    typed = read_prompts(prompt or [], prompts or [])
    refuse_in_tell(given_options(context), is_greedy=greedy or temperature == 0)
    keep_freed_memory()
    from pocket_narrator.generation.narrator import Narrator

    given = {
        "temperature": 0.0 if greedy else temperature,
        "top_k": top_k,
        "top_p": top_p,
        "min_p": min_p,
        "typical": typical,
        "mirostat": mirostat,
        "stop": stop,
        "logprobs": logprobs,
        "repetition_penalty": repetition_penalty,
        "no_repeat_ngram": no_repeat_ngram,
        "max_tokens": max_tokens,
        "seed": secrets.randbelow(10**6) if seed is None else seed,
    }
    options = {name: value for name, value in given.items() if value is not None}
    narrator = Narrator.load(run, which, precision)
    prompts = typed or list(narrator.generation.prompts)
    if isinstance(stdout := drawn_on(sys.stdout), io.TextIOWrapper):
        stdout.reconfigure(errors="replace")  # a terminal may not have every character of a story
    if beams is not None:
        if ignored := _edits_of(narrator):
            print(f"--beams leaves out the recipe's {', '.join(ignored)}", file=sys.stderr)
        most = narrator.generation.max_tokens if max_tokens is None else max_tokens
        _print_found(narrator, prompts, beams, most, json)
        return
    if json:
        _print_json(narrator, prompts, stories, options)
    elif stream:
        _print_in_order(
            narrator.stream_all(prompts, stories, **options), [one for one in prompts for _ in range(stories)]
        )
    else:
        _print_whole(narrator.tell(prompts, stories, **options))
    if seed is None and options.get("temperature", narrator.generation.temperature) > 0:
        print(f"generated with --seed {options['seed']}", file=sys.stderr)


def _edits_of(narrator: "Narrator") -> list[str]:
    """What a recipe asks for that changes which story is the likeliest."""
    names = ("repetition_penalty", "no_repeat_ngram")
    return [name for name in names if getattr(narrator.generation, name) not in (None, 1.0)]


def _print_json(narrator: "Narrator", prompts: list[str], stories: int, options: dict[str, Any]) -> None:
    """A line for each story, in their order, as soon as those before it have ended."""
    chosen = narrator.options(**options)
    tokens = narrator.stream_all(prompts, stories, **options)  # first: it refuses more than can be held
    lines: list[dict[str, Any]] = [
        {"story": number, "prompt": prompt, "text": prompt, "ending": None, "tokens": []}
        for number, prompt in enumerate(prompt for prompt in prompts for _ in range(stories))
    ]
    current = 0
    for token in tokens:
        line = lines[token.story]
        line["text"] += token.text
        line["ending"] = token.ending
        line["tokens"].append(token.token)
        if token.log_probs is not None:
            line.setdefault("log_probs", []).append(token.log_probs.chosen)
            line.setdefault("likeliest", []).append(token.log_probs.likeliest)
        while current < len(lines) and lines[current]["ending"] is not None:
            print(dumps({**lines[current], "options": asdict(chosen)}), flush=True)
            current += 1


def _print_found(narrator: "Narrator", prompts: list[str], beams: int, max_tokens: int, json: bool) -> None:
    found = ((prompt, text, log) for prompt in prompts for text, log in narrator.search(prompt, beams, max_tokens))
    if not json:
        _print_whole(text for _, text, _ in found)
        return
    for prompt, text, log_prob in found:
        print(dumps({"prompt": prompt, "text": text, "log_prob": log_prob}))


def _print_whole(texts: Iterable[str]) -> None:
    printer = StoryPrinter()
    for number, text in enumerate(texts):
        if number:
            printer.rule()
        printer.write(text)
        printer.end()


def _print_in_order(tokens: Iterator["GeneratedToken"], prompts: list[str]) -> None:
    """Prints the first story as it comes, and each other one as soon as those before it have ended. prompts: of each story."""
    printer = StoryPrinter()
    texts = list(prompts)
    ended = [False] * len(texts)
    current = 0
    printer.write(texts[0])
    for token in tokens:
        ended[token.story] = token.is_last
        if token.story == current:
            printer.write(token.text)
        else:
            texts[token.story] += token.text
        while current < len(texts) and ended[current]:
            printer.end()
            current += 1
            if current < len(texts):
                printer.rule()
                printer.write(texts[current])
