"""`narrator judge`: lets a language model behind an OpenAI-compatible endpoint assess stories."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from pocket_narrator.cli.arguments.output import file_to_write, folder_to_write, refuse_input_as_output
from pocket_narrator.cli.arguments.run import evaluated

if TYPE_CHECKING:
    from pocket_narrator.evaluation.judge.endpoint import Address
    from pocket_narrator.evaluation.judge.judging import Judging
    from pocket_narrator.evaluation.judge.summary import Mean


def judge(
    stories: Annotated[
        Path, typer.Argument(help="A run with generated stories, a .jsonl (beginning, text), or whole stories.")
    ],
    against: Annotated[Path | None, typer.Option(help="Other stories of the same prompts: which are better?")] = None,
    rubric: Annotated[Literal["pocket", "tinystories"], typer.Option(help="What is asked; docs/judge.md.")] = "pocket",
    provider: Annotated[
        Literal["gemini", "openai", "local"] | None, typer.Option(help="Shorthand for address, key variable and model.")
    ] = None,
    base_url: Annotated[str | None, typer.Option(help="Any OpenAI-compatible endpoint, mostly ending in /v1.")] = None,
    model: Annotated[str | None, typer.Option(help="The judge; where there is only one, that one.")] = None,
    key_variable: Annotated[str | None, typer.Option(help="The environment variable that holds the key.")] = None,
    count: Annotated[int | None, typer.Option(min=1, help="Only so many stories, at even distances.")] = None,
    temperature: Annotated[float, typer.Option(min=0, help="0: as reproducible as the judge allows.")] = 0.0,
    concurrency: Annotated[int, typer.Option(min=1, max=256, help="Questions at a time.")] = 8,
    per_minute: Annotated[float | None, typer.Option(min=0.001, help="At most so many requests a minute.")] = None,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds for one whole answer.")] = 120.0,
    attempts: Annotated[int, typer.Option(min=1, help="Of one question, with growing pauses.")] = 5,
    minutes: Annotated[float | None, typer.Option(min=0, help="For everything; what is missing is listed.")] = None,
    budget: Annotated[float | None, typer.Option(help="Never spend more; in the currency of the prices.")] = None,
    price_in: Annotated[float | None, typer.Option(min=0, help="Of a million input tokens.")] = None,
    price_out: Annotated[float | None, typer.Option(min=0, help="Of a million output tokens.")] = None,
    cache: Annotated[
        Path, typer.Option(parser=folder_to_write, metavar="FOLDER", help="Where answers are kept.")
    ] = Path("data/judge"),
    out: Annotated[
        Path | None,
        typer.Option(parser=file_to_write, metavar="FILE", help="The file to write; beside the stories by default."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Score even if the judge fails its calibration.")] = False,
) -> None:
    """Grade stories with a language model, which first has to show that it can. Failures are listed, never averaged in."""
    from pocket_narrator.errors import JudgeError
    from pocket_narrator.evaluation.judge.budget import Price
    from pocket_narrator.evaluation.judge.items import pair_up, read_items
    from pocket_narrator.evaluation.judge.judging import Terms, judge_pairs, judge_stories, write_judging
    from pocket_narrator.evaluation.judge.rubrics import RUBRICS

    if (price_in is None) != (price_out is None):
        raise JudgeError("only one of the two prices is given", hint="give --price-in and --price-out")
    price = None if price_in is None or price_out is None else Price(price_in, price_out)
    terms = Terms(
        temperature=temperature,
        concurrency=concurrency,
        requests_per_minute=per_minute,
        timeout_s=timeout,
        attempts=attempts,
        minutes=minutes,
        budget=budget,
        price=price,
        cache=cache,
    )
    stories = _stories(stories, out)
    against = None if against is None else _stories(against, out)
    kind = f"{rubric}-against-{against.stem}" if against else rubric
    beside = stories / "evaluation" / "told" if stories.is_dir() else stories
    out = out or file_to_write(beside.with_name(f"{beside.stem}.judge-{kind}.json"))
    address = _address(provider, base_url, model, key_variable)
    items = read_items(stories, None if against else count)
    if against is not None:
        pairs = pair_up(items, read_items(against))
        wanted = min(count or len(pairs), len(pairs))
        pairs = [pairs[i * len(pairs) // wanted] for i in range(wanted)]
        judging = judge_pairs(pairs, RUBRICS[rubric], address, terms, force)
    else:
        judging = judge_stories(items, RUBRICS[rubric], address, terms, force)
    write_judging(judging, out)
    print(describe(judging))
    print(f"\n{out}")


def _stories(given: Path, out: Path | None) -> Path:
    """A file, or else a run that has generated some."""
    if not given.is_file():
        return evaluated(given, or_else="a file of stories")
    refuse_input_as_output(given, out, option="--out FILE")
    return given


def _address(
    provider: Literal["gemini", "openai", "local"] | None,
    base_url: str | None,
    model: str | None,
    key_variable: str | None,
) -> "Address":
    from pocket_narrator.errors import JudgeError
    from pocket_narrator.evaluation.judge.endpoint import PROVIDERS, Address

    if (provider is None) == (base_url is None):
        raise JudgeError("give either --provider (gemini, openai, local) or --base-url, to say who judges")
    keys = () if key_variable is None else (key_variable,)
    if base_url is not None:
        return Address(base_url, keys, model)
    assert provider is not None
    known = PROVIDERS[provider]
    return Address(known.base_url, keys or known.key_variables, model or known.model)


def describe(judging: "Judging") -> str:
    """Figures, failures, calibration and cost, as a small table."""
    lines = []
    if judging.objections:
        lines += ["NOT TO BE BELIEVED: this judge fails its calibration", *(f"  {o}" for o in judging.objections), ""]
    if judging.scores is not None:
        lines += [f"{'':<24}{'mean':>8}   {'95 % interval':<20}{'stories':>8}"]
        lines += [_row(name, mean) for name, mean in judging.scores.means.items()]
        if judging.scores.age_groups:
            ages = ", ".join(f"{group} {count}" for group, count in judging.scores.age_groups.items())
            lines += [f"{'age groups':<24}{ages}"]
        failed = judging.scores.failed
    else:
        assert judging.pairs is not None
        lines += [f"{'':<24}{'mean':>8}   {'95 % interval':<20}{'pairs':>8}"]
        if judging.pairs.win_rate and judging.pairs.first_rate:
            lines += [_row("win rate", judging.pairs.win_rate), _row("shown first wins", judging.pairs.first_rate)]
        lines += [
            f"{judging.pairs.wins} won, {judging.pairs.ties} tied ({judging.pairs.order_decided} because the order decided), "
            f"{judging.pairs.losses} lost"
        ]
        failed = judging.pairs.failed
    lines += ["", _failures(judging, failed)]
    wins = ", ".join(f"{kind} {share:.0%}" for kind, share in judging.calibration.wins.items() if share is not None)
    lines += [f"calibration: the whole story beats the damaged one: {wins}"]
    cost = "" if judging.cost is None else f", {judging.cost:.4f} spent at most"
    lines += [
        f"{judging.model} at {judging.base_url}, rubric {judging.rubric}, temperature {judging.temperature:g}: "
        f"{judging.requests:,} requests, {judging.input_tokens:,} + {judging.output_tokens:,} tokens{cost}"
    ]
    return "\n".join(lines)


def _row(name: str, mean: "Mean") -> str:
    interval = "none" if mean.interval is None else f"{mean.interval[0]:.3f} to {mean.interval[1]:.3f}"
    return f"{name:<24}{mean.mean:>8.3f}   {interval:<20}{mean.stories:>8,}"


def _failures(judging: "Judging", failed: dict[str, int]) -> str:
    if not failed:
        return "no failures"
    listed = [record for record in judging.stories if "answer" not in record]
    names = [
        f"  {record['name']}: {record['failure']['cause']}; {record['failure']['detail']}"[:160]
        for record in listed
        if "failure" in record
    ]
    causes = ", ".join(f"{count} {cause}" for cause, count in failed.items())
    more = [f"  and {len(names) - 10} more in the file"] if len(names) > 10 else []
    return "\n".join([f"not answered, and in no mean: {causes}", *names[:10], *more])
