"""Exams that models have taken, read from disk, and made comparable: the same questions only."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

import numpy as np

from pocket_narrator.errors import RunError
from pocket_narrator.evaluation.memory.exam import FILE
from pocket_narrator.evaluation.memory.figures import Answers, used_bits
from pocket_narrator.files.json_file import read_json_object


@dataclass(frozen=True)
class TakenExams:
    """Answers to the same questions, by run; `notes` say what the figures have to be told with."""

    answers: dict[Path, Answers]
    held_out: int  # stories that there are
    notes: list[str]


def has_taken(run: Path) -> bool:
    """Whether a run, or the folder of a published model, holds answers."""
    return (run / "evaluation" / FILE).is_file()


def read_taken_exams(runs: Sequence[Path]) -> TakenExams:
    """RunError where one has not taken it, where they were asked about other stories, or where a file is damaged."""
    found = {run: _read(run) for run in runs}
    first, (protocol, _) = next(iter(found.items()))
    for run, (other, _) in found.items():
        for key, what in (
            ("corpus", "other stories of StoryWorld"),
            ("version", "another version of StoryWorld's stories"),
        ):
            if other[key] != protocol[key]:
                raise _other_questions(first, run, f"{what}: {protocol[key]} and {other[key]}")
    shared = reduce(np.intersect1d, [answers.story_Q for _, answers in found.values()])
    if not len(shared):
        raise _other_questions(first, next(run for run in found if run != first), "no story that all were asked about")
    kept = {run: _about(answers, shared) for run, (_, answers) in found.items()}
    for run, answers in kept.items():
        if answers.kind_Q != kept[first].kind_Q or not np.array_equal(answers.available_Q, kept[first].available_Q):
            raise _other_questions(first, run, "other questions about the same stories")
    notes = []
    if any(len(answers.story_Q) > len(kept[run].story_Q) for run, (_, answers) in found.items()):
        notes.append(f"of the {len(shared):,} stories that all were asked about")
    if len({other["tokenizer"] for other, _ in found.values()}) > 1:
        notes.append("distances are in tokens of each model's own tokenizer")
    if len({other["carried"] for other, _ in found.values()}) > 1:
        carried = ", ".join(run.name for run, (other, _) in found.items() if other["carried"])
        notes.append(f"read long texts with their state carried on: {carried}")
    return TakenExams(kept, protocol["held_out"], notes)


def bits_by_story(answers: Answers) -> tuple[np.ndarray, np.ndarray]:
    """Bits used and bits available of each story, in the order of their numbers: float64 [S]."""
    _, story_Q = np.unique(answers.story_Q, return_inverse=True)
    return np.bincount(story_Q, used_bits(answers.log_ratio_Q)), np.bincount(story_Q, answers.available_Q)


def _read(run: Path) -> tuple[dict, Answers]:
    path = run / "evaluation" / FILE
    hint = f"let it answer: narrator evaluate {run} --suite memory"
    try:
        found = read_json_object(path)
        columns, protocol = found["answers"], found["protocol"]
        answers = Answers(
            np.array(columns["story"], dtype=np.int64),
            list(columns["kind"]),
            np.array(columns["distance"], dtype=np.int64),
            np.array(columns["available"], dtype=np.float64),
            np.array(columns["log_ratio"], dtype=np.float64),
        )
        if len({len(column) for column in vars(answers).values()}) != 1 or not len(answers.story_Q):
            raise ValueError("its columns are of unlike lengths")
    except FileNotFoundError:
        raise RunError("this model has not taken the memory exam yet", where=str(run), hint=hint) from None
    except (OSError, ValueError, KeyError, TypeError, OverflowError) as error:
        raise RunError(f"the answers are damaged: {error}", where=str(path), hint=hint) from None
    return protocol, answers


def _about(answers: Answers, stories: np.ndarray) -> Answers:
    chosen_Q = np.isin(answers.story_Q, stories)
    kinds = [kind for kind, is_chosen in zip(answers.kind_Q, chosen_Q, strict=True) if is_chosen]
    columns = (answers.distance_Q, answers.available_Q, answers.log_ratio_Q)
    return Answers(answers.story_Q[chosen_Q], kinds, *(column[chosen_Q] for column in columns))


def _other_questions(one: Path, other: Path, why: str) -> RunError:
    return RunError(
        f"{one.name} and {other.name} were not asked the same questions",
        where=f"{one}, {other}",
        found=why,
        hint="train them on the same stories, and let both answer: narrator evaluate RUN --suite memory",
    )
