"""What a judge is asked about a story, and the exact shape that its answer must have."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

CODE = "code"  # the field in which a judge proves that it answers us and not the story; see question.py
COMMENT = "comment"
AGE_GROUP = "age_group"


@dataclass(frozen=True)
class Criterion:
    """One scale of a rubric, anchored at its ends."""

    name: str
    lowest: str
    highest: str


@dataclass(frozen=True)
class Rubric:
    """Scales from `lowest` to `highest`, and age groups where the rubric asks for one."""

    name: str
    lowest: int
    highest: int
    criteria: tuple[Criterion, ...]
    age_groups: Mapping[str, str] = field(default_factory=dict)  # letter to ages
    source: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Of the criteria."""
        return tuple(criterion.name for criterion in self.criteria)

    def task(self) -> str:
        """The question in words."""
        lines = [
            "You assess stories for children. You are given the beginning of a story and a completion that was written "
            "for it. Assess the completion, not the beginning.",
            f"First describe in two or three sentences what is good and what is bad about it. Then give a number from "
            f"{self.lowest} to {self.highest} for each of these; use the whole scale:",
        ]
        lines += [f"- {c.name}: {self.lowest} is {c.lowest}; {self.highest} is {c.highest}" for c in self.criteria]
        if self.age_groups:
            ages = ", ".join(f"{letter}: {ages}" for letter, ages in self.age_groups.items())
            lines.append(f"Last, guess the age of the child who wrote the completion, as a letter ({ages}).")
        return "\n".join(lines)

    def reply(self) -> type[BaseModel]:
        """The answer as a pydantic model: strict, so that a word, a boolean or an 11 is never made into a score."""
        score = Annotated[float, Field(strict=True, ge=self.lowest, le=self.highest, allow_inf_nan=False)]
        fields: dict[str, Any] = {COMMENT: (str, ...)} | {name: (score, ...) for name in self.names}
        if self.age_groups:
            fields[AGE_GROUP] = (Literal[tuple(self.age_groups)], ...)
        return _reply(f"{self.name}_reply", fields)

    def overall(self, scores: Mapping[str, float]) -> float:
        """The mean of the criteria, from 0 (all at the lowest) to 1."""
        mean = sum(scores[name] for name in self.names) / len(self.names)
        return (mean - self.lowest) / (self.highest - self.lowest)


def preference_task(rubric: Rubric) -> str:
    """The pairwise question in words."""
    return "\n".join(
        [
            "You assess stories for children. You are given the beginning of a story and two completions that were "
            "written for it. Say which completion is the better one. Their order and their length mean nothing.",
            "First describe in two or three sentences how they differ. Judge by:",
            *(f"- {c.name}: from {c.lowest} to {c.highest}" for c in rubric.criteria),
            'Then answer "first", "second", or "tie" where neither is clearly better.',
        ]
    )


def preference_reply() -> type[BaseModel]:
    """The pairwise answer."""
    return _reply("preference_reply", {COMMENT: (str, ...), "better": (Literal["first", "second", "tie"], ...)})


def _reply(name: str, fields: dict[str, Any]) -> type[BaseModel]:
    return create_model(name, __config__=ConfigDict(extra="ignore"), **{CODE: (str, ...)}, **fields)


POCKET = Rubric(
    "pocket",
    lowest=1,
    highest=5,
    criteria=(
        Criterion("grammar", "full of mistakes", "without a mistake"),
        Criterion("creativity", "dull", "full of ideas of its own"),
        Criterion("consistency", "unconnected to the beginning", "following from the beginning without a seam"),
    ),
    age_groups={"A": "3 or under", "B": "4-5", "C": "6-7", "D": "8-9", "E": "10-12", "F": "13-16"},
    source="the rubric of the first pocket-narrator",
)
TINYSTORIES = Rubric(
    "tinystories",
    lowest=0,
    highest=10,
    criteria=(
        Criterion("grammar", "not to be understood", "without a mistake"),
        Criterion("creativity", "nothing but phrases heard before", "surprising and imaginative"),
        Criterion(
            "consistency", "at odds with the beginning and with itself", "true to the beginning to the last word"
        ),
        Criterion(
            "plot", "nothing happens, or nothing that makes sense", "a whole story with a problem, a turn, an ending"
        ),
    ),
    source="Eldan and Li 2023, section 4 (GPT-Eval), in our own words",
)
RUBRICS = {rubric.name: rubric for rubric in (POCKET, TINYSTORIES)}
