"""A story model that we serve ourselves is no judge, and that is said."""

import pytest

from pocket_narrator.errors import JudgeError
from pocket_narrator.evaluation.judge.endpoint import Address
from pocket_narrator.evaluation.judge.items import Item
from pocket_narrator.evaluation.judge.judging import Terms, judge_pairs, judge_stories
from pocket_narrator.evaluation.judge.rubrics import POCKET, TINYSTORIES
from tests.evaluation.tiny_run import make_run
from tests.serving.server_process import ServerProcess

STORY = Item("line 1", "Once there was a cat.", "The cat was happy.")


@pytest.mark.parametrize(
    ("context", "cause", "remedy"),
    [(32, "40 request refused", "whose context is short"), (1024, "no JSON", "one that only tells stories cannot")],
)
def test_a_story_model_is_not_believed(tmp_path, monkeypatch, context, cause, remedy):
    monkeypatch.chdir(tmp_path)
    server = ServerProcess(make_run(f"model.context={context}"), "--slots", 32, "--queue", 200)
    terms = Terms(cache=tmp_path / "cache", attempts=1, concurrency=32)
    try:
        with pytest.raises(
            JudgeError, match=f"tiny gave no valid answer to any calibration question: .*{cause}"
        ) as end:
            judge_stories([STORY], POCKET, Address(server.url, (), None), terms)
        assert remedy in str(end.value)
        if cause == "40 request refused":
            with pytest.raises(JudgeError, match="64 request refused"):
                judge_pairs([(STORY, STORY)], TINYSTORIES, Address(server.url, (), None), terms)
            with pytest.raises(JudgeError, match=r"does not have this.*404(.|\n)*mostly ends in /v1"):
                judge_stories([STORY], POCKET, Address(server.root, (), None), terms)
    finally:
        assert server.stop() == 0
