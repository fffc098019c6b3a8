"""Cloze questions: fair, true, and answered by whom they should be."""

import re
from collections import Counter

import pytest
import torch

from pocket_narrator.evaluation.probes.cloze import DISTRACTORS, KINDS, make_probes, probe
from pocket_narrator.storyworld import make_story
from pocket_narrator.tokenizers import train_bpe

SEED = 21
PROBES = [(i, one) for i in range(150) for one in make_probes(i, SEED)]


class Reader:
    """Puts its trust in the end that it is told to like; everything else is equally unlikely."""

    device = torch.device("cpu")
    context = 4096

    def __init__(self, tokenizer, likes) -> None:
        self.tokenizer = tokenizer
        self.vocabulary_size = tokenizer.vocabulary_size
        self.likes = likes

    def log_probs(self, tokens_BT):
        texts = [self.tokenizer.decode(row.tolist()) for row in tokens_BT]
        liked = torch.tensor([0.0 if self.likes(text) else -1.0 for text in texts])
        return liked[:, None].expand(-1, tokens_BT.shape[1] - 1)


@pytest.fixture(scope="module")
def tokenizer():
    return train_bpe([make_story(i, 1).text for i in range(50)], 400)


def test_there_are_questions_of_every_kind():
    counts = Counter(one.kind for _, one in PROBES)
    assert set(counts) == set(KINDS)
    assert min(counts.values()) > 20


def test_questions_are_about_the_story_and_fair():
    for index, one in PROBES:
        story = make_story(index, SEED).text
        assert story.startswith(one.text)
        assert 0 < one.told_at <= len(one.text)
        assert len(set(one.distractors)) == DISTRACTORS
        assert one.answer not in one.distractors
        assert one.answer.split()[-1] in one.text
        assert one.question.split()[-1] == "was"


def test_answers_at_the_end_are_the_facts():
    checked = 0
    for index, one in PROBES:
        story = make_story(index, SEED)
        if one.text == story.text and one.kind == "who_has_it":
            thing = re.fullmatch(r"The one who had the (.*) was", one.question)
            assert thing is not None
            assert story.facts["holders"][thing.group(1)] == one.answer
            checked += 1
        if one.text == story.text and one.kind == "where_is_it":
            who = one.question.removeprefix("Now ").removesuffix(" was")
            assert one.answer.endswith(story.facts["characters"][who]["at"].removeprefix("the "))
            checked += 1
    assert checked > 30


def test_nobody_is_asked_for_who_went_home():
    assert not [one for _, one in PROBES if one.kind == "where_is_it" and " home" in one.text[one.told_at :]]


def test_one_who_knows_one_who_does_not_and_one_who_has_no_memory(tokenizer):
    stories = [(i, SEED) for i in range(30)]
    texts = {(one.text + "\n" + one.question, one.answer) for i in range(30) for one in make_probes(i, SEED)}

    def knows(text: str) -> bool:
        return any(text.startswith(f"{before} {answer}.") for before, answer in texts)

    knowing = probe(Reader(tokenizer, knows), tokenizer, stories)
    assert knowing.figures["probe_all"].value == 1
    assert knowing.figures["probe_without_story"].value < 0.3  # ties are no right answers; short ends cost less
    assert knowing.questions == sum(len(make_probes(i, SEED)) for i in range(30))
    assert knowing.figures["probe_margin"].value > 0
    indifferent = probe(Reader(tokenizer, lambda text: False), tokenizer, stories)
    assert indifferent.figures["probe_all"].value < 0.5


def test_distances_are_groups_of_all_questions(tokenizer):
    found = probe(Reader(tokenizer, lambda text: False), tokenizer, [(i, SEED) for i in range(20)])
    groups = [figure.stories for name, figure in found.figures.items() if name.startswith("probe_from_")]
    assert sum(groups) == found.questions
    assert len(groups) >= 3


def test_a_text_longer_than_the_context_is_cut_from_the_left(tokenizer):
    reader = Reader(tokenizer, lambda text: False)
    reader.context = 24
    widths = []
    plain = reader.log_probs
    reader.log_probs = lambda tokens_BT: (widths.append(tokens_BT.shape[1]), plain(tokens_BT))[1]
    probe(reader, tokenizer, [(0, SEED), (1, SEED), (2, SEED)])
    assert max(widths) == 25
