"""Twins: one decision is another one, and the differences are where it is told and where it matters."""

import pytest

from pocket_narrator.evaluation.memory.figures import first_word
from pocket_narrator.evaluation.memory.kinds import LATER, NEXT, kind_of
from pocket_narrator.evaluation.memory.oracle import probability_of
from pocket_narrator.evaluation.memory.questions import MOST_PAYOFFS, MOST_WORDS, ask_about
from pocket_narrator.evaluation.memory.twins import tell_twin
from pocket_narrator.storyworld import make_chronicle, make_story, tell_chronicle
from pocket_narrator.storyworld.chooser import Chooser
from pocket_narrator.storyworld.story import tell

SEED = 21
STORIES = [make_story(index, SEED) for index in range(40)]


def twins_of(story):
    for step, (site, _, _) in enumerate(story.trace):
        if kind_of(site) is not None:
            yield step, tell_twin(story, step, SEED, tell)


def test_one_decision_is_another_and_the_others_are_kept():
    for story in STORIES:
        for step, twin in twins_of(story):
            pairs = [(i, j) for j, i in enumerate(twin.kept) if i is not None]
            assert pairs == sorted(pairs)
            assert twin.kept[: step + 1] == tuple(range(step + 1))
            for i, j in pairs:
                assert story.trace[i][0] == twin.story.trace[j][0]
                assert (story.trace[i][1] == twin.story.trace[j][1]) == (i != step)


def test_a_twin_is_always_the_same():
    story = STORIES[3]
    assert [twin.story.text for _, twin in twins_of(story)] == [twin.story.text for _, twin in twins_of(story)]


def test_between_the_stretches_the_texts_are_alike():
    for story in STORIES:
        for _, twin in twins_of(story):
            for before, stretch in zip(twin.stretches, twin.stretches[1:], strict=False):
                alike = story.text[before.end : stretch.begin].casefold()
                assert twin.story.text[: stretch.twin_begin].casefold().endswith(alike)
                assert story.text[stretch.begin : stretch.end][:1] in ("", " ", "\n")


def test_a_pay_off_without_a_fork_cannot_come_after_the_twin():
    """By all ways that the simulator can go on from the sentence before; and it does come after the story."""
    looked_at = 0
    for story in STORIES[:8]:
        for _, twin in twins_of(story):
            for stretch in twin.stretches[1:3]:
                words = story.text[stretch.begin : stretch.end]
                if words and not stretch.forked:
                    assert probability_of(twin.story, stretch.twin_begin, words, tell) == 0
                    assert probability_of(story, stretch.begin, words, tell) > 0
                    looked_at += 1
    assert looked_at > 40


class Continuing(Chooser):
    """Takes some decisions of a trace again, then draws."""

    __slots__ = ("_first",)

    def __init__(self, first, number):
        super().__init__(99, number)
        self._first = [option for _, option, _ in first]

    def choose(self, site, options, weights=None):
        at = len(self.trace)
        if len(options) == 1 or at >= len(self._first):
            return super().choose(site, options, weights)
        self.trace.append((site, self._first[at], 0.5))
        return list(options).index(self._first[at])


def test_probabilities_are_how_often_it_goes_on_so():
    """The sentence before is open again, so that only those count in which it came out the same."""
    for story in STORIES[:3]:
        sentence = story.text.index("\n") + 1
        place = story.text.index(" ", sentence)
        words = story.text[place : story.text.index(" ", place + 1)]
        known = [one for one, at in zip(story.trace, story.decided_at, strict=True) if at < sentence]
        told = [tell(Continuing(known, number)).text for number in range(1_500)]
        following = [text for text in told if text.startswith(story.text[:place])]
        share = sum(text.startswith(story.text[:place] + words) for text in following) / len(following)
        assert probability_of(story, place, words, tell) == pytest.approx(share, abs=3 / len(following) ** 0.5)
        assert len(following) > 30
    assert probability_of(story, place, " Xyzzy", tell) == 0


def test_probabilities_of_parts_multiply():
    for story in STORIES[:5]:
        place, middle, end = (story.text.index(" ", len(story.text) * part // 10) for part in (5, 6, 7))
        parts = probability_of(story, place, story.text[place:middle], tell)
        parts *= probability_of(story, middle, story.text[middle:end], tell)
        assert probability_of(story, place, story.text[place:end], tell) == pytest.approx(parts)


def test_questions_are_asked_in_the_words_of_the_story():
    kinds = set()
    for index in range(60):
        asked = ask_about(index, SEED, tell)
        assert asked.text == make_story(index, SEED).text
        for twin in asked.twins:
            assert 1 <= len(twin.questions) <= MOST_PAYOFFS
            for question in twin.questions:
                kinds.add(question.kind)
                words = asked.text[question.begin : question.end]
                assert 1 <= len(words.split()) <= MOST_WORDS
                assert words == words.rstrip()
                assert not twin.text[question.twin_begin :].startswith(f"{words} ")
                assert question.told <= question.begin
                assert 0 < question.available <= 1
    assert {"who: hero", "who: friend", "what: thing", "what: other", NEXT, LATER} <= kinds


def test_every_plot_is_asked_about():
    plots = {make_story(index, SEED).facts["plot"] for index in range(120) if ask_about(index, SEED, tell).questions}
    assert plots == {make_story(index, SEED).facts["plot"] for index in range(120)}


CHAPTERS = 12
CHRONICLES = [make_chronicle(index, SEED, CHAPTERS) for index in range(4)]


def tell_chapters(chooser):
    return tell_chronicle(chooser, CHAPTERS)


def test_a_chronicle_is_asked_what_it_calls_back():
    distances, kinds = [], set()
    for index, story in enumerate(CHRONICLES):
        asked = ask_about(index, SEED, tell_chapters)
        assert asked.text == story.text
        assert asked.questions > 15
        for twin in asked.twins:
            for question in twin.questions:
                words = asked.text[question.begin : question.end]
                assert not twin.text[question.twin_begin :].casefold().startswith(f"{words} ".casefold())
                recalls = [one for one in story.recalls if one.decision == question.step]
                assert any(one.begin < question.end and question.begin < one.end for one in recalls)
                distances.append(question.begin - question.told)
                kinds.add(first_word(question.kind))
    assert min(distances) < 100
    assert max(distances) > 3_000
    assert {"who", "what", "where"} <= kinds


def test_most_of_what_a_chronicle_calls_back_is_told_otherwise_in_a_twin():
    """Its twins keep all other decisions to the end, so that far pay-offs can be asked for."""
    reached = called = 0
    for story in CHRONICLES[:2]:
        for step in {recall.decision for recall in story.recalls}:
            twin = tell_twin(story, step, SEED, tell_chapters)
            for recall in (one for one in story.recalls if one.decision == step):
                called += 1
                reached += any(one.begin < recall.end and recall.begin < one.end for one in twin.stretches[1:])
    assert reached / called > 0.6
