"""A whole judging: calibrate, ask, sum up, and write it down with all that the figures have to be told with."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pocket_narrator.errors import JudgeError
from pocket_narrator.evaluation.judge import calibration as calibrating
from pocket_narrator.evaluation.judge.budget import Budget, Pace, Price
from pocket_narrator.evaluation.judge.calibration import JudgeCalibration
from pocket_narrator.evaluation.judge.endpoint import Address, Endpoint
from pocket_narrator.evaluation.judge.items import Item
from pocket_narrator.evaluation.judge.panel import Failure, JudgeAnswer, Outcome, Panel
from pocket_narrator.evaluation.judge.question import PROMPT_VERSION, Question, addresses_judge
from pocket_narrator.evaluation.judge.rubrics import Rubric, preference_reply, preference_task
from pocket_narrator.evaluation.judge.summary import (
    PairSummary,
    Summary,
    count_failures,
    duel,
    summarise_duels,
    summarise_scores,
)
from pocket_narrator.files.json_file import write_json_object
from pocket_narrator.progress import progress

VERSION = 1  # of the file that is written


@dataclass(frozen=True)
class Terms:
    """How a judge is asked. A budget is in the currency of the prices; `minutes` bound the whole."""

    temperature: float = 0.0
    concurrency: int = 8
    requests_per_minute: float | None = None
    timeout_s: float = 120.0
    attempts: int = 5
    first_wait_s: float = 1.0
    minutes: float | None = None
    budget: float | None = None
    price: Price | None = None
    cache: Path = Path("data/judge")


@dataclass(frozen=True)
class Judging:
    """The figures, what they cost, and whether they are to be believed."""

    version: int
    rubric: str
    prompt_version: int
    base_url: str
    model: str
    temperature: float
    calibration: JudgeCalibration
    objections: list[str]  # to the judge; with any, its scores are not to be believed
    scores: Summary | None  # of single stories
    pairs: PairSummary | None  # of pairs
    stories: list[dict[str, Any]]  # one a story or pair: its name, and its answer or its failure
    requests: int
    input_tokens: int
    output_tokens: int
    cost: float | None


def judge_stories(
    items: Sequence[Item], rubric: Rubric, address: Address, terms: Terms, force: bool = False
) -> Judging:
    """Scores each story by itself. Raises JudgeError, before any story is sent, for a judge that fails its calibration
    (not with `force`), cannot be reached, or may not be paid."""
    return asyncio.run(_judge(items, None, rubric, address, terms, force))


def judge_pairs(
    pairs: Sequence[tuple[Item, Item]], rubric: Rubric, address: Address, terms: Terms, force: bool = False
) -> Judging:
    """Prefers one story of each pair, asked in both orders. Raises as `judge_stories` does."""
    return asyncio.run(_judge([], pairs, rubric, address, terms, force))


def write_judging(judging: Judging, path: Path) -> None:
    """As JSON, atomically."""
    write_json_object(path, asdict(judging))


def score_question(rubric: Rubric, item: Item) -> Question:
    passages = (("Beginning", item.beginning), ("Completion", item.completion))
    return Question(rubric.task(), passages, rubric.reply())


def pair_question(rubric: Rubric, beginning: str, first: str, second: str) -> Question:
    passages = (("Beginning", beginning), ("First completion", first), ("Second completion", second))
    return Question(preference_task(rubric), passages, preference_reply())


async def _judge(
    items: Sequence[Item],
    pairs: Sequence[tuple[Item, Item]] | None,
    rubric: Rubric,
    address: Address,
    terms: Terms,
    force: bool,
) -> Judging:
    budget = Budget(terms.budget, terms.price)
    endpoint = Endpoint(address, temperature=terms.temperature, timeout_s=terms.timeout_s)
    ends_at = None if terms.minutes is None else asyncio.get_running_loop().time() + 60 * terms.minutes
    panel = Panel(
        endpoint,
        terms.cache,
        budget,
        Pace(terms.requests_per_minute),
        terms.concurrency,
        terms.attempts,
        terms.first_wait_s,
        ends_at=ends_at,
    )
    try:
        await panel.open()
        calibration = await (_calibrate_pairs if pairs is not None else _calibrate)(panel, rubric)
        if calibration.objections and not force:
            raise JudgeError(
                f"{panel.model} fails the calibration, so its scores mean nothing:\n    "
                + "\n    ".join(calibration.objections),
                where=address.base_url,
                found=f"{calibration.compared} answers, {calibration.failed} failures",
                hint="take a larger model; --force scores with it anyway, marked as not to be believed",
            )
        scores, duels = None, None
        if pairs is not None:
            duels, records = await _ask_pairs(panel, rubric, pairs)
        else:
            outcomes = await _ask_safe(panel, [score_question(rubric, item) for item in items], "judging")
            scores = summarise_scores(rubric, outcomes, [item.beginning for item in items])
            records = [{"name": item.name, **_record(o)} for item, o in zip(items, outcomes, strict=True)]
    finally:
        await endpoint.close()
    return Judging(
        VERSION,
        rubric.name,
        PROMPT_VERSION,
        address.base_url,
        panel.model,
        terms.temperature,
        calibration,
        calibration.objections,
        scores,
        duels,
        records,
        panel.requests,
        budget.input_tokens,
        budget.output_tokens,
        budget.spent if terms.price else None,
    )


async def _ask(panel: Panel, questions: Sequence[Question], label: str) -> list[Outcome]:
    with progress(label, len(questions), "answers") as bar:
        return await panel.ask_all(questions, bar.advance)


async def _ask_safe(panel: Panel, questions: Sequence[Question], label: str) -> list[Outcome]:
    """The same without those whose stories speak to the judge: they fail here."""
    spoken = [next(filter(None, (addresses_judge(text) for _, text in q.passages)), None) for q in questions]
    sent = iter(await _ask(panel, [q for q, said in zip(questions, spoken, strict=True) if said is None], label))
    return [next(sent) if said is None else Failure("addresses the judge", f'"{said}"', 0) for said in spoken]


async def _ask_for_calibration(panel: Panel, questions: Sequence[Question]) -> list[Outcome]:
    """Raises JudgeError where time or money ends, which says nothing about the judge."""
    outcomes = await _ask(panel, questions, "calibrating")
    for outcome in outcomes:
        if isinstance(outcome, Failure) and outcome.cause in ("out of time", "out of budget"):
            raise JudgeError(
                f"{outcome.cause} before the calibration was finished: {outcome.detail}",
                hint="allow more; what has been answered is kept and costs nothing again",
            )
    if isinstance(outcomes[0], Failure) and not any(isinstance(outcome, JudgeAnswer) for outcome in outcomes):
        causes = count_failures(outcomes)
        listed = ", ".join(f"{count} {cause}" for cause, count in causes.items())
        raise JudgeError(
            f"{panel.model} gave no valid answer to any calibration question: {listed}; the first: {outcomes[0].detail}",
            where=panel.endpoint.address.base_url,
            hint=_hint(causes),
        )
    return outcomes


def _hint(causes: dict[str, int]) -> str:
    """For a judge without one valid answer, by why most of its answers are missing."""
    most = next(iter(causes))
    if most == "request refused":
        return "the endpoint says why; a story model, whose context is short, cannot judge: take one that follows instructions"
    if most in ("connection", "timeout", "rate limit", "server error"):
        return "look after the endpoint, then give the same command; --concurrency 1, --timeout and --per-minute ask less of it"
    return "take a model that follows instructions and answers in JSON; one that only tells stories cannot judge"


async def _calibrate(panel: Panel, rubric: Rubric) -> JudgeCalibration:
    cases = calibrating.calibration_cases()
    kinds = ("whole", *calibrating.DAMAGES)
    items = [case.whole if kind == "whole" else case.damaged[kind] for kind in kinds for case in cases]
    outcomes = await _ask_for_calibration(panel, [score_question(rubric, item) for item in items])
    overall = [rubric.overall(found.values) if isinstance(found, JudgeAnswer) else None for found in outcomes]
    by_kind = {kind: overall[i * len(cases) : (i + 1) * len(cases)] for i, kind in enumerate(kinds)}
    return calibrating.calibrate_scores(by_kind.pop("whole"), by_kind)


async def _calibrate_pairs(panel: Panel, rubric: Rubric) -> JudgeCalibration:
    cases = calibrating.calibration_cases()
    pairs = [(case.whole, case.damaged[kind]) for kind in calibrating.DAMAGES for case in cases]
    outcomes = await _ask_for_calibration(panel, both_orders(rubric, pairs))
    won = [duel(*outcomes[2 * i : 2 * i + 2]).won for i in range(len(pairs))]
    size = len(cases)
    return calibrating.calibrate_pairs(
        {kind: won[i * size : (i + 1) * size] for i, kind in enumerate(calibrating.DAMAGES)}
    )


def both_orders(rubric: Rubric, pairs: Sequence[tuple[Item, Item]]) -> list[Question]:
    """Two questions a pair: ours first, then theirs first."""
    return [
        pair_question(rubric, ours.beginning, first.completion, second.completion)
        for ours, theirs in pairs
        for first, second in ((ours, theirs), (theirs, ours))
    ]


async def _ask_pairs(
    panel: Panel, rubric: Rubric, pairs: Sequence[tuple[Item, Item]]
) -> tuple[PairSummary, list[dict[str, Any]]]:
    outcomes = await _ask_safe(panel, both_orders(rubric, pairs), "judging")
    duels = [duel(*outcomes[2 * i : 2 * i + 2]) for i in range(len(pairs))]
    records = [
        {
            "name": ours.name,
            "against": theirs.name,
            "won": found.won,
            "ours_first": _record(outcomes[2 * i]),
            "theirs_first": _record(outcomes[2 * i + 1]),
        }
        for i, ((ours, theirs), found) in enumerate(zip(pairs, duels, strict=True))
    ]
    return summarise_duels(duels, outcomes, [ours.beginning for ours, _ in pairs]), records


def _record(outcome: Outcome) -> dict[str, Any]:
    if isinstance(outcome, JudgeAnswer):
        return {"answer": outcome.values}
    return {"failure": {"cause": outcome.cause, "detail": outcome.detail, "attempts": outcome.attempts}}
