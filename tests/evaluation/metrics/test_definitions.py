"""Definitions beside independent implementations and cases worked out by hand."""

import math
import re
from collections import Counter
from itertools import combinations

import numpy as np
import pytest
import sacrebleu

from pocket_narrator.evaluation.earlier import metrics as earlier
from pocket_narrator.evaluation.metrics import consistency, diversity, form, overlap, quality, traits
from pocket_narrator.evaluation.metrics.embedded import LOW, measure_cohesion, measure_earlier
from pocket_narrator.evaluation.metrics.nouns import ContentWords, TextBlobNouns
from pocket_narrator.evaluation.metrics.text import Sample, names, sentences, words
from pocket_narrator.evaluation.metrics.tools import Tools
from tests.evaluation.metrics.texts import ENDING, LOOP, salad, shuffled
from tests.evaluation.metrics.tools import TOOLS

TEXTS = [ENDING, shuffled(ENDING), salad(ENDING), LOOP, "The dog ran to the river and barked at the boat.", "Boat"]


# ---- overlap


def test_corpus_bleu_is_sacrebleus():
    stories = [Sample(text, reference=ENDING) for text in TEXTS]
    sums = np.array([values["bleu"] for values in overlap.measure(stories, TOOLS)])
    for chosen in ([0], [2], [3], [4], [5], [1, 4], [0, 1, 2, 3, 4, 5], [2, 3]):
        expected = sacrebleu.corpus_bleu([TEXTS[i] for i in chosen], [[ENDING] * len(chosen)]).score
        assert overlap.corpus_bleu(sums[chosen].sum(axis=0, keepdims=True))[0] == pytest.approx(expected), chosen


def test_overlap_beside_other_implementations():
    for text in TEXTS:
        (values,) = overlap.measure([Sample(text, reference=ENDING)], TOOLS)
        said, reference = re.findall(r"\w+", text.lower()), re.findall(r"\w+", ENDING.lower())
        both = sum((Counter(said) & Counter(reference)).values())
        assert values["rouge_1_precision"] == pytest.approx(both / len(said))
        assert values["rouge_1_recall"] == pytest.approx(both / len(reference))
        assert values["chrf"] == pytest.approx(sacrebleu.corpus_chrf([text], [[ENDING]]).score, abs=1e-6)


def test_rouge_is_the_packages():
    """It has no wheel, so it is not among the locked packages."""
    scorer = pytest.importorskip("rouge_score.rouge_scorer").RougeScorer(["rouge1", "rouge2", "rougeL"])
    for text in (*TEXTS, ""):
        (values,) = overlap.measure([Sample(text, reference=ENDING)], TOOLS)
        for name, score in scorer.score(ENDING, text).items():
            ours = f"rouge_{name[-1].lower()}"
            assert values[f"{ours}_precision"] == pytest.approx(score.precision), name
            assert values[f"{ours}_recall"] == pytest.approx(score.recall), name
            assert values[f"{ours}_f"] == pytest.approx(score.fmeasure), name


def test_stories_without_a_reference_have_no_overlap():
    for reference in (None, "  "):
        (values,) = overlap.measure([Sample("A story.", reference=reference)], TOOLS)
        assert set(values.values()) == {None}


# ---- diversity


@pytest.mark.parametrize("order", [1, 2, 3])
def test_distinct_slides_as_if_counted_anew(order):
    items = words(ENDING + " " + LOOP)
    windows = [items[i : i + 50] for i in range(len(items) - 49)]
    grams = [[w[i : i + order] for i in range(50 - order + 1)] for w in windows]
    expected = np.mean([len(set(g)) / len(g) for g in grams])
    assert diversity.distinct_in_windows(items, order) == pytest.approx(expected)
    assert diversity.distinct_in_windows(items[:49], order) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a b c d", 0),
        ("very very happy", 0),  # twice is no loop of one word
        ("no no no", 2 / 3),
        ("a b a b", 2 / 4),
        ("x a b c a b c a b c y", 6 / 11),
        ("a", 0),
    ],
)
def test_loop_share_by_hand(text, expected):
    assert diversity.loop_share(tuple(text.split())) == pytest.approx(expected)


def test_mtld_by_hand():
    # Ten different words: no factor is completed, and none is begun: the length itself.
    assert diversity.mtld(tuple("abcdefghij")) == 10
    # `a a`: types/tokens is 0.5 after two words, a factor each: 6 words, 3 factors, both ways.
    assert diversity.mtld(tuple("aaaaaa")) == 2
    # a b a b: 2/3 < 0.72 after three words, then `b` with nothing of a factor (1 - 1) / 0.28.
    assert diversity.mtld(tuple("abab")) == 4


def naive_self_bleu(texts: list[tuple[str, ...]], i: int) -> float:
    others = texts[:i] + texts[i + 1 :]
    logs = 0.0
    for order in range(1, 5):
        ours = Counter(texts[i][k : k + order] for k in range(len(texts[i]) - order + 1))
        theirs = [Counter(other[k : k + order] for k in range(len(other) - order + 1)) for other in others]
        matches = sum(min(count, max(their[gram] for their in theirs)) for gram, count in ours.items())
        smooth = int(order > 1)
        if matches + smooth == 0:
            return 0.0
        logs += math.log((matches + smooth) / (sum(ours.values()) + smooth)) / 4
    length = len(texts[i])
    nearest = min((len(other) for other in others), key=lambda other: (abs(other - length), other))
    return math.exp(logs) * (1 if length >= nearest else math.exp(1 - nearest / length))


def test_self_bleu_is_the_naive_one():
    texts = [words(text) for text in (*TEXTS[:5], ENDING, LOOP[:80])]
    assert diversity.self_bleu(texts) == pytest.approx([naive_self_bleu(texts, i) for i in range(len(texts))])


def test_self_bleu_by_sacrebleu():
    texts = [ENDING, shuffled(ENDING, 5), salad(ENDING)]
    found = diversity.self_bleu([words(text) for text in texts])
    for i, text in enumerate(texts):
        others = [" ".join(words(other)) for k, other in enumerate(texts) if k != i]
        options = {"smooth_method": "add-k", "smooth_value": 1, "tokenize": "none"}
        expected = sacrebleu.sentence_bleu(" ".join(words(text)), others, **options).score / 100
        assert found[i] == pytest.approx(expected, rel=1e-6)


def test_self_bleu_among_groups():
    one, other = "The dog ran to the river today.", "A cat slept in the warm sun there."
    stories = [Sample(one, group=0), Sample(one, group=0), Sample(other, group=1), Sample("Hi", group=1)]
    values = diversity.measure_among(stories, TOOLS)
    assert [v["self_bleu_same_beginning"] for v in values][:2] == pytest.approx([1, 1])
    assert values[2]["self_bleu_same_beginning"] < 0.3  # pyright: ignore[reportOptionalOperand]
    assert values[3]["self_bleu_same_beginning"] is None  # too short
    assert [v["self_bleu_other_beginnings"] is None for v in values] == [False, True, False, True]


# ---- form


@pytest.mark.parametrize(
    ("word", "expected"),
    [("cat", 1), ("little", 2), ("happy", 2), ("made", 1), ("jumped", 1), ("wanted", 2), ("beautiful", 3), ("the", 1),
     ("tree", 1), ("one", 1), ("rhythm", 1), ("idea", 2), ("x", 1)],
)  # fmt: skip
def test_syllables(word, expected):
    assert form.count_syllables(word) == expected


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("The dog ran.", True),
        ('"Why?" she asked.', True),
        ("the dog ran.", False),
        ("The dog ran", False),
        ("The dog , ran.", False),
        ("The the dog ran.", False),
        ("She was and ran.", False),
        ("He saw a of it.", False),
        ("The forest. cabbage grew.", False),
        ("He waited... and left.", True),
        ("Go!", True),
        ("", False),
        ("...", False),
        (" ".join(["A", *["big"] * 60, "dog."]), False),
    ],
)
def test_well_formed(sentence, expected):
    assert form.is_well_formed(sentence) is expected


def test_quotes_and_dialogue_by_hand():
    assert form.quotes_closed('"Hi," he said.\n"Bye.') == 0.5
    assert form.quotes_closed("\u201cHi,\u201d he said.") == 1
    assert form.quotes_closed("\n") is None
    (values,) = form.measure([Sample('"Hi there," he said.')], TOOLS)
    assert values["dialogue_share"] == 0.5


def test_reading_grade_by_hand():
    (values,) = form.measure([Sample("The cat sat. The dog ran away.")], TOOLS)
    assert values["reading_grade"] == pytest.approx(0.39 * 7 / 2 + 11.8 * 8 / 7 - 15.59)


def test_an_ending_is_the_tellers_and_in_words():
    closed = "He hid the ball. They went home and were happy."
    assert form.has_ending(Sample(closed, ended=True))
    assert form.has_ending(Sample(closed))  # nobody can say
    assert not form.has_ending(Sample(closed, ended=False))
    assert not form.has_ending(Sample("They were happy. He hid the ball. Then he saw a bus.", ended=True))
    assert not form.has_ending(Sample("They went home and were happy", ended=True))


# ---- quality


def order_breaches(text: str) -> int:
    lines = sentences(text)
    return quality.order_breaches(text, lines, TextBlobNouns().nouns(lines))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", quality.BREACHES),
        ("A girl named Lily found a ball. The ball was red.", 0),
        ("He found a ball. It was red.", 1),  # goes on
        ('"Hello!" said Tom. He ran.', 1),
        ("One day, she found a ball.", 0),  # an opening excuses it
        ("Tom ran. Sue sat. Once upon a time, there was a dog.", 1),  # formula too late
        ("Lily ran. There was a girl named Lily.", 1),  # introduced too late
        ("The ball was red. Tom had a ball.", 1),  # the before a
        ("A cat sat. The cat ate. The ball was red. Tom had a ball.", 1),  # as often as the other way about
        ("A cat sat. The cat ate. Tom saw a dog. The dog ran. The ball was red. Tom had a ball.", 0),  # not so often
        ("A dog ran home. The dog slept. A dog ran home.", 0),
        (
            "They lived happily ever after. Tom ran. Sue sat. Ben hid. Ann ate. Jim slept.",
            2,
        ),  # closes too early, goes on
    ],
)
def test_order_breaches_by_hand(text, expected):
    assert order_breaches(text) == expected


def coherence(*lines: str, begun: int = 0) -> float:
    return quality.coherence_of(lines, ContentWords().nouns(lines), names(" ".join(lines)), begun)


def test_coherence_by_hand():
    lines = ["Tom had a ball.", "The ball was red.", "A shoe fell.", "He saw it.", "He saw it."]
    # ball again; nothing; a pronoun after a noun; said again.
    assert coherence(*lines) == 2 / 4
    assert coherence(*lines, begun=3) == 1 / 2


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["She looked at him.", "He gave it away.", "They wanted her back."], 0),  # nobody
        (["The girl sang.", "He slept."], 0),  # of the other gender
        (["The girl sang.", "She slept."], 1),
        (["The rabbit sang.", "He slept."], 1),  # what the sentence is about may be he or she
        (["We saw Tom.", "She slept."], 1),  # a name may be anybody
        (["She saw the lamp.", "He slept."], 0),  # a thing
        (["She saw the lamp.", "It broke."], 1),
        (["The girl sang.", "We ran.", "You hid.", "She slept."], 1 / 3),
        (["The girl sang.", "We ran.", "You hid.", "I sat.", "She slept."], 0),  # too far back
    ],
)
def test_pronouns_need_somebody_to_refer_to(lines, expected):
    assert (
        quality.coherence_of(lines, TextBlobNouns().nouns(lines), names("So Tom. " + " ".join(lines))[1:]) == expected
    )


def test_recurring_names_by_hand():
    assert quality.recurring_names(names("A dog saw Tom. So Tom ran to Sue.")) == 0.5
    assert quality.recurring_names(names("A dog ran.")) is None


def test_lasting_names_by_hand():
    assert quality.lasting_names([["Tom"], ["Tom", "Sue"], ["Ben"], ["Ben"]]) == 0
    assert quality.lasting_names([["Tom"], ["Tom", "Sue"], ["Tom"], ["Ben"]]) == 2 / 3
    assert quality.lasting_names([["Tom"], [], ["Ben"], ["Ben"]]) is None
    assert quality.lasting_names([["Tom"], ["Tom"], *[[]] * 16, ["Ben"], ["Ben"]]) is None  # hardly of named people


def test_only_english_is_english():
    english = ["Tom had a red ball.", "One day, the ball was gone.", "He cried and looked for it."]
    german = ["Tom hatte einen roten Ball.", "Eines Tages war der Ball weg.", "Er weinte und suchte im ganzen Haus."]
    assert quality.english_sentences(english) == [True] * 3
    assert quality.english_sentences(german) == [False] * 3
    assert quality.english_sentences(["Hallo Tom!"]) == [True]  # nobody can say
    mixed = quality.english_sentences([*english * 3, *german * 3])
    assert mixed[:7] == [True] * 7
    assert mixed[-5:] == [False] * 5


def test_freshness_by_hand():
    assert quality.freshness((), tuple("abcdef")) == 1
    assert quality.freshness((), tuple("abcdeabcd")) == pytest.approx(1 - 2 / 6)
    assert quality.freshness(tuple("abcd"), tuple("abcde")) == 0  # one of two came before
    assert quality.freshness((), tuple("abc")) == 0


def test_quality_is_order_times_the_geometric_mean_of_the_rest():
    story = Sample(ENDING + " Sue and Jim slept. A shoe said nothing")
    (values,) = quality.measure([story], TOOLS)
    sides = [values[name] for name in ("order", "unity", "freshness", "form")]
    assert all(0 < side <= 1 for side in sides)
    assert values["story_quality"] == pytest.approx(sides[0] * math.prod(sides[1:]) ** (1 / 3))


# ---- people


def test_pronouns_by_hand():
    text = "Then Lily ran and she sat. He sat. A dog saw Tom as he hid. He ate. Then Tom saw Lily. She ran."
    # Lily: she, he; Tom: he, he; the last `she` may mean either.
    assert consistency.pronoun_consistency(text) == pytest.approx((1 + 2) / 4)
    assert consistency.pronoun_consistency('We saw Tom. "She is here," he said and he ran.') == 1  # quotes do not count
    assert consistency.pronoun_consistency("A dog ran.") is None


def test_names_that_return_or_come_late():
    begun = Sample(" So Tom ran.", "One day Tom met Sue.")
    assert consistency.name_return(begun) == 0.5
    assert consistency.name_return(Sample("We saw Tom. We met Sue. Then Tom left. So Tom ran.")) == 0.5
    assert consistency.name_return(Sample("A dog ran.", "There was a cat.")) is None
    assert consistency.late_names("We saw Tom. We ate. We ran. Then Sue came.") == 0.5
    assert consistency.late_names("A dog ran.") is None


def test_traits_come_back_as_words():
    assert traits.returns(("kind", "share*"), "All of mankind.") is False
    assert traits.returns(("kind", "share*"), "A kind man.") is True
    assert traits.returns(("kind", "share*"), "They shared it.") is True
    assert traits.returns(("kind*",), "She showed kindness.") is True
    setup = traits.SETUPS[0]
    told = Sample(" Max was not afraid. He found his sister.", setup.beginning)
    (values,) = traits.measure([told], TOOLS)
    assert (values["trait_returns"], values["thing_returns"], values["goal_returns"]) == (1, 0, 1)
    assert values["setup_returns"] == pytest.approx(2 / 3)
    # `afraid` is a word of Sara's trait and of Pip's, of 11 x 3 parts of the other set-ups.
    assert values["setup_by_chance"] == pytest.approx(2 / 33)
    assert set(traits.measure([Sample("A dog.")], TOOLS)[0].values()) == {None}


def test_setups_name_what_their_beginnings_have():
    for setup in traits.SETUPS:
        assert traits.returns(setup.trait + setup.thing + setup.goal, setup.beginning)
        assert traits.returns(setup.thing, setup.beginning), setup.beginning
    assert len({setup.beginning for setup in traits.SETUPS}) == len(traits.SETUPS) >= 10


# ---- by embeddings


def test_cohesion_by_hand():
    text = "Tom ran. Tom ran. A shoe fell."
    vectors = TOOLS.embedder.embed(["Tom ran.", "A shoe fell."])  # pyright: ignore[reportOptionalMemberAccess]
    cosine = float(vectors[0] @ vectors[1])
    (values,) = measure_cohesion([Sample(text)], TOOLS)
    assert values["cohesion_mean"] == values["cohesion_min"] == pytest.approx(cosine)  # the repetition is left out
    assert values["cohesion_low_share"] == float(cosine < LOW)
    (values,) = measure_earlier([Sample(text)], TOOLS)
    assert values["earlier_cohesion_mean"] == pytest.approx((1 + cosine) / 2)  # and here it is not


# ---- the earlier project's


def test_earlier_definitions_by_hand():
    story = Sample("The cat sat... The cat sat!", reference="The cat ran.")
    (values,) = earlier.measure([story], Tools(nouns_by="words"))
    assert values["earlier_distinct_1"] == 3 / 6
    assert values["earlier_distinct_2"] == 3 / 5
    assert values["earlier_repetition_rate"] == 0.5
    assert values["earlier_sentence_count"] == 4
    assert values["earlier_word_count"] == 6
    assert values["earlier_coherence"] == 1
    assert values["earlier_bleu_4"] == 0
    assert values["earlier_rouge_1"] == pytest.approx(2 / 3)
    assert values["earlier_rouge_2"] == pytest.approx(1 / 2)
    assert values["earlier_rouge_l"] == pytest.approx(2 / 3)


def test_earlier_nouns_count_nothing_as_zero():
    def carried(beginning: str, text: str) -> tuple:
        (values,) = earlier.measure([Sample(text, beginning)], TOOLS)
        return tuple(values.get(f"earlier_noun_{name}") for name in ("coverage", "jaccard", "precision"))

    assert carried("Tom saw a dog and a boat.", " The dog ate soup.") == (1 / 3, 1 / 4, 1 / 2)
    assert carried("It was so.", " The dog ran.") == (0, 0, 0)
    assert carried("It was so.", "") == (0, 0, 0)
    assert carried("", "A dog ran.") == (None, None, None)


def test_earlier_bleu_without_smoothing():
    said, reference = tuple("abcdefg"), tuple("abcdexy")
    expected = math.exp((math.log(5 / 7) + math.log(4 / 6) + math.log(3 / 5) + math.log(2 / 4)) / 4)
    assert earlier.bleu(said, reference) == pytest.approx(expected)
    assert earlier.bleu(said[:5], reference) == pytest.approx(math.exp(1 - 7 / 5))
    assert earlier.bleu(tuple("abc"), reference) == 0


def test_the_longest_common_subsequence_is_the_slow_one():
    random = np.random.default_rng(0)
    for _ in range(50):
        one = tuple(random.choice(list("abc"), random.integers(0, 7)))
        other = tuple(random.choice(list("abc"), random.integers(0, 7)))
        subsequences = {c for n in range(len(other) + 1) for c in combinations(other, n)}
        slow = max(n for n in range(len(one) + 1) if any(c in subsequences for c in combinations(one, n)))
        assert overlap.longest_common_subsequence(one, other) == slow
