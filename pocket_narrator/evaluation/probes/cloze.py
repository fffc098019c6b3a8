"""Cloze questions about StoryWorld stories: who has it, where is it, who knew. The simulator knows the answers.

A story is told up to the end of a paragraph, a sentence begins (`The one who had the ball was`), and the model's
log-probabilities choose between the right end and three distractors of the same kind, those that the story has mentioned
first. The distance is how many tokens ago the story came to be so. As a control, the same choice without the story.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from pocket_narrator.evaluation.metrics.metric import Metric, Value
from pocket_narrator.evaluation.statistics.figures import Estimate, figures_of
from pocket_narrator.models.language_model import LanguageModel
from pocket_narrator.storyworld.chooser import Chooser
from pocket_narrator.storyworld.lexicon import characters, places
from pocket_narrator.storyworld.plots import PLOTS
from pocket_narrator.storyworld.telling.teller import Teller
from pocket_narrator.tokenizers import Tokenizer

DISTRACTORS = 3
DISTANCES = (0, 32, 64, 128)  # tokens: the lower bounds of the groups
KINDS = ("who_has_it", "where_is_it", "who_knew")


@dataclass(frozen=True)
class Probe:
    """One question. `text` is the story so far, `told_at` how many of its characters there were when it came to be so."""

    kind: str
    text: str
    question: str
    answer: str
    distractors: tuple[str, ...]
    told_at: int


class _Watching(Teller):
    """A teller who writes down, after each telling, how long the text is and what is true."""

    __slots__ = ("moments",)

    def __init__(self, *arguments) -> None:
        super().__init__(*arguments)
        self.moments: list[tuple[int, dict[tuple[str, ...], str], set[tuple[str, ...]]]] = []

    def end_sentence(self) -> None:
        super().end_sentence()
        self._look()

    def end_paragraph(self) -> None:
        super().end_paragraph()
        self._look()

    def _look(self) -> None:
        self.moments.append((self.length, dict(self.world.single), set(self.world.relations)))


def make_probes(index: int, seed: int) -> list[Probe]:
    """The questions about one story of the embedded corpus: at the end of each paragraph, about whatever is certain."""
    chooser = Chooser(seed, index)
    names = tuple(PLOTS)
    plot = PLOTS[names[chooser.choose("plot", names)]]
    teller = _Watching(plot.name, plot.roles, chooser)
    teller.world.make(plot.start)
    for step in plot.steps:
        step.run(teller)
    story = teller.text()
    ends = [i for i, character in enumerate(story) if character == "\n"] + [len(story)]
    return [probe for end in ends for probe in _at(teller, story[:end])]


def _at(teller: _Watching, text: str) -> list[Probe]:
    cast = teller.cast
    now = max(number for number, moment in enumerate(teller.moments) if moment[0] <= len(text))
    _, single, relations = teller.moments[now]
    people = {role: forms["name"] for role, forms in cast.items() if forms.get("kind") and forms["name"] in text}
    people = {role: name for role, name in people.items() if name[0].isupper()}
    found: list[Probe] = []

    def ask(kind: str, question: str, answer: str, others: Sequence[str], since: Callable[[tuple], bool]) -> None:
        first = now
        while first > 0 and since(teller.moments[first - 1][1:]):
            first -= 1
        told_at = teller.moments[first][0]
        wrong = tuple(dict.fromkeys(other for other in others if other != answer))[:DISTRACTORS]
        # What was true from the start, or never told, cannot be known; and a story may send people home in passing.
        moved = kind == "where_is_it" and _may_have_moved(text[told_at:], others, answer)
        if first > 0 and len(wrong) == DISTRACTORS and not moved:
            found.append(Probe(kind, text, question, answer, wrong, told_at))

    named = _by_last_mention(people.values(), text) + _strangers(text)
    for (predicate, role), value in ((key, value) for key, value in single.items() if len(key) == 2):
        if predicate == "holder" and value in people and len(people) > 1 and _mentioned(cast, role, text):
            thing = cast[role].get("the") or f"the {cast[role]['name']}"
            has = (predicate, role)
            ask(
                "who_has_it",
                f"The one who had {thing} was",
                people[value],
                named,
                lambda moment, has=has, value=value: moment[0].get(has) == value,
            )
        elif predicate == "at" and role in people and _mentioned(cast, value, text) and "at" in cast[value]:
            land = places.LANDS[cast["land"]["key"]].places if "land" in cast else ()
            others = [f"{preposition} {name}" for preposition, name in land]
            others.sort(key=lambda other: other.split(" ", 1)[1].removeprefix("the ") not in text)
            place = cast[value]["at"]
            if place in others:
                at = (predicate, role)
                ask(
                    "where_is_it",
                    f"Now {people[role]} was",
                    place,
                    others,
                    lambda moment, at=at, value=value: moment[0].get(at) == value,
                )
    for relation in sorted(relations):
        if (
            relation[0] == "knows"
            and len(relation) == 3
            and relation[1] in people
            and _mentioned(cast, relation[2], text)
        ):
            knowing = [role for role in people if ("knows", role, relation[2]) in relations]
            topic = cast[relation[2]]
            if len(knowing) == 1 and len(people) > 1 and relation[2] not in people and "kind" not in topic:
                ask(
                    "who_knew",
                    f"The one who knew about {topic.get('the') or topic['name']} was",
                    people[relation[1]],
                    named,
                    lambda moment, relation=relation: relation in moment[1],
                )
    return found


def _may_have_moved(later: str, places_of_land: Sequence[str], answer: str) -> bool:
    nouns = {place.split()[-1] for place in places_of_land if place != answer} | {"home", "bed", "house"}
    return re.search(rf"\b(?:{'|'.join(sorted(nouns))})\b", later) is not None


def _mentioned(cast: dict, role: str, text: str) -> bool:
    return role in dict.keys(cast) and cast[role]["name"].removeprefix("the ") in text


def _by_last_mention(names, text: str) -> list[str]:
    return sorted(names, key=lambda name: -text.rfind(name))


def _strangers(text: str) -> list[str]:
    """Names that the story does not have, always the same ones for the same story."""
    every = [name for group in characters.NAMES.values() for name in group if name not in text]
    skip = len(text) % len(every)
    return (every[skip:] + every[:skip])[: DISTRACTORS + 1]


@dataclass(frozen=True)
class Probed:
    """Accuracy by kind and distance; chance is 1 in 4. Kinds or distances without a question are not there."""

    figures: dict[str, Estimate]
    questions: int
    stories: int


def probe(
    model: LanguageModel,
    tokenizer: Tokenizer,
    stories: Sequence[tuple[int, int]],
    advance: Callable[[int], object] = lambda stories: None,
) -> Probed:
    """Asks about the stories (index, seed) of the embedded corpus, which the model should not have been trained on."""
    rows: list[dict[str, Value]] = []
    groups: list[int] = []
    asked = 0
    for group, (index, seed) in enumerate(stories):
        for one in make_probes(index, seed):
            scores = _scores(model, tokenizer, one, one.text + "\n")
            alone = _scores(model, tokenizer, one, "")
            distance = len(tokenizer.encode(one.text[one.told_at :]))
            bucket = max(bound for bound in DISTANCES if bound <= distance)
            right = float(scores[0] > scores[1:].max())
            row: dict[str, Value] = {
                f"probe_{one.kind}": right,
                f"probe_from_{bucket}_tokens": right,
                "probe_all": right,
                "probe_margin": float(scores[0] - scores[1:].max()),
                "probe_without_story": float(alone[0] > alone[1:].max()),
            }
            rows.append(row)
            groups.append(group)
            asked += 1
        advance(1)
    values = {metric.name: [row.get(metric.name) for row in rows] for metric in METRICS}
    return Probed(figures_of(METRICS, values, groups) if rows else {}, asked, len(stories))


def _scores(model: LanguageModel, tokenizer: Tokenizer, one: Probe, before: str) -> np.ndarray:
    """log p of the right end and of each distractor, with its full stop."""
    prefix = [tokenizer.end_of_text, *tokenizer.encode(before + one.question)]
    ends = [tokenizer.encode(f" {end}.") for end in (one.answer, *one.distractors)]
    longest = max(map(len, ends))
    kept = prefix[-max(1, model.context + 1 - longest) :]
    tokens = torch.full((len(ends), len(kept) + longest), tokenizer.end_of_text)
    for row, end in enumerate(ends):
        tokens[row, : len(kept) + len(end)] = torch.tensor(kept + end)
    with torch.inference_mode():
        log_probs = model.log_probs(tokens.to(model.device)).cpu().numpy()
    return np.array([log_probs[row, len(kept) - 1 :][: len(end)].sum() for row, end in enumerate(ends)])


_SOURCE = "ours; cloze tests after Taylor 1953 and Paperno 2016"
METRICS = (
    Metric("probe_all", "share of cloze questions whose right end is likelier than each of three distractors", _SOURCE, 0, 1,
           "higher", "chance is 0.25; the questions are not worded like the stories"),
    *(
        Metric(f"probe_{kind}", f"the same, questions of the kind {kind.replace('_', ' ')}", _SOURCE, 0, 1, "higher", "chance is 0.25")
        for kind in KINDS
    ),
    *(
        Metric(f"probe_from_{low}_tokens", f"the same, {low} tokens or more after it came to be so, up to the next group", _SOURCE,
               0, 1, "higher", "chance is 0.25; late questions are about other things than early ones")
        for low in DISTANCES
    ),
    Metric("probe_margin", "log p of the right end - that of the likeliest distractor, nats", _SOURCE, None, None, "higher",
           "long answers weigh more"),
    Metric("probe_without_story", "probe_all with the story left out: what the words alone give away", _SOURCE, 0, 1, "neither",
           "far from 0.25 the questions are not fair"),
)  # fmt: skip
