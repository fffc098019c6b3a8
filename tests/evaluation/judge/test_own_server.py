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


@pytest.mark.slow
def test_a_story_model_is_not_believed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    server = ServerProcess(make_run(), "--slots", 32, "--queue", 200)
    terms, address = Terms(cache=tmp_path / "cache", attempts=1, concurrency=32), Address(server.url, (), None)
    refused = r"tiny gave no valid answer to any calibration question: \d+ (cut off|no JSON)(.|\n)*only tells stories"
    try:
        with pytest.raises(JudgeError, match=refused):
            judge_stories([STORY], POCKET, address, terms)
        with pytest.raises(JudgeError, match=refused):
            judge_pairs([(STORY, STORY)], TINYSTORIES, address, terms)
        with pytest.raises(JudgeError, match=r"does not have this.*404(.|\n)*mostly ends in /v1"):
            judge_stories([STORY], POCKET, Address(server.root, (), None), terms)
    finally:
        assert server.stop() == 0
