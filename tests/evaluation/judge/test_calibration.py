"""The calibration set is what it says, and believes only judges that can order it."""

from pocket_narrator.evaluation.judge.calibration import (
    BEGGING,
    DAMAGES,
    calibrate_pairs,
    calibrate_scores,
    calibration_cases,
    sentences,
)
from pocket_narrator.evaluation.judge.panel import Failure, JudgeAnswer
from pocket_narrator.evaluation.judge.summary import duel, mean_of, summarise_duels
from pocket_narrator.storyworld import make_story


def test_cases_are_damaged_as_named():
    cases = calibration_cases()
    assert cases == calibration_cases()
    for case in cases:
        whole, damaged = case.whole.completion, case.damaged
        assert set(damaged) == set(DAMAGES)
        assert sorted(damaged["shuffled"].completion.split()) == sorted(whole.split())
        assert damaged["shuffled"].completion != whole
        assert damaged["spliced"].completion in {other.whole.completion for other in cases} - {whole}
        assert len(set(sentences(damaged["loop"].completion))) == 1
        assert damaged["begging"].completion == f"{damaged['shuffled'].completion} {BEGGING}"
        assert {item.beginning for item in damaged.values()} == {case.whole.beginning}


def test_sentences_lose_nothing():
    text = make_story(4, 1).text
    assert " ".join(sentences(text)).split() == text.split()
    assert len(sentences(text)) > 5


def scores(**changes):
    return {"shuffled": [0.4] * 4, "spliced": [0.5] * 4, "loop": [0.0] * 4, "begging": [0.4] * 4} | changes


def test_a_judge_that_orders_them_is_believed():
    found = calibrate_scores([0.9] * 4, scores())
    assert found.objections == []
    assert (found.compared, found.failed, found.begging_gain) == (20, 0, 0)


def test_a_judge_that_does_not_is_not():
    (objection,) = calibrate_scores([0.9] * 4, scores(loop=[1.0, 1.0, 0.0, 0.9])).objections
    assert objection == "the whole story beats the loop one in 38% of the cases (needed: 75%)"
    assert len(calibrate_scores([0.5] * 4, scores(**dict.fromkeys(DAMAGES, [0.5] * 4))).objections) == 4
    (objection,) = calibrate_scores([0.9] * 4, scores(begging=[0.6] * 4)).objections
    assert "asks for more gets 20% of the scale more" in objection
    assert len(calibrate_scores([None] * 4, scores()).objections) == 4
    found = calibrate_pairs({kind: [1.0, 0.5, 0.5, None] for kind in DAMAGES})
    assert (len(found.objections), found.compared, found.failed) == (4, 12, 4)
    assert calibrate_pairs({kind: [1.0, 1.0, 0.5, None] for kind in DAMAGES}).objections == []


def test_stories_of_one_beginning_are_drawn_together():
    values = [1.0] * 20 + [0.0] * 20
    apart = mean_of(values, [str(story) for story in range(40)])
    together = mean_of(values, [str(story // 5) for story in range(40)])
    assert apart.mean == together.mean == 0.5
    assert together.interval[0] < apart.interval[0] < 0.5 < apart.interval[1] < together.interval[1]
    assert mean_of(values, ["a"] * 40).interval is None


def test_grades_that_are_all_equal_have_no_interval():
    assert mean_of([3.0] * 20, [str(story) for story in range(20)]).interval is None


def test_duels():
    first, second, tie = (JudgeAnswer({"better": name}, False) for name in ("first", "second", "tie"))
    lost = Failure("timeout", "", 1)
    assert duel(first, second).won == 1
    assert duel(second, first).won == 0
    assert duel(first, first).won == 0.5
    assert duel(first, first).order_decided
    assert duel(tie, tie).won == 0.5
    assert not duel(tie, tie).order_decided
    assert duel(first, tie).won == 0.75
    assert duel(first, lost).won is None
    found = summarise_duels([duel(first, first), duel(first, lost)], [first, first, first, lost], ["a", "b"])
    assert (found.win_rate.mean, found.win_rate.interval, found.win_rate.stories) == (0.5, None, 1)
    assert found.first_rate.mean == 1
    assert found.failed == {"timeout": 1}
    assert found.order_decided == 1
