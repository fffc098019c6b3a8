"""`narrator judge` as a user meets it: tables, and one message for everything that can be mended."""

import json
import re
import socket
from pathlib import Path

import pytest

from pocket_narrator.errors import CorpusError, JudgeError
from pocket_narrator.evaluation.judge.items import Item, halve, read_items
from tests.evaluation.judge.loopback import loopback, truth
from tests.narrator_here import narrator


@pytest.fixture
def told(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return write_told(Path("told.jsonl"), range(6))


def write_told(path: Path, numbers) -> Path:
    records = [{"beginning": "Once there was a cat.", "text": f" Story {n} ends."} for n in numbers]
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def test_table_and_file(told, monkeypatch, capsys):
    monkeypatch.setenv("A_KEY", "secret-1234")
    with loopback(lambda story, request: "declined" if story == 3 else "honest") as server:
        arguments = (told, "--base-url", server.url, "--key-variable", "A_KEY")  # the model is found out
        code, out, err = narrator(monkeypatch, capsys, "judge", *arguments)
        assert code == 0, err
        assert server.keys == {"Bearer secret-1234"}
        assert {body["model"] for body in server.bodies} == {"tiny-judge"}
        asked = server.asked.total()
        assert narrator(monkeypatch, capsys, "judge", *arguments)[0] == 0
        assert server.asked.total() == asked + 1  # only the one that had failed
    grammar = [truth(n)["grammar"] for n in range(6) if n != 3]
    row = next(line.split() for line in out.splitlines() if line.startswith("grammar"))
    assert row[1] == f"{sum(grammar) / 5:.3f}"
    assert row[-1] == "5"
    assert "not answered, and in no mean: 1 declined\n  story 4: declined; content filter" in out
    written = Path("told.judge-pocket.json").read_text(encoding="utf-8")
    assert "secret" not in written + "".join(p.read_text(encoding="utf-8") for p in Path("data").rglob("*.json"))
    assert json.loads(written)["scores"]["failed"] == {"declined": 1}


def test_pairs_and_one_story(told, monkeypatch, capsys):
    write_told(Path("other.jsonl"), range(5, 11))
    with loopback() as server:
        code, out, _ = narrator(
            monkeypatch, capsys, "judge", told, "--against", "other.jsonl", "--base-url", server.url
        )
        assert code == 0
        assert "0 won, 0 tied (0 because the order decided), 6 lost" in out
        assert Path("told.judge-pocket-against-other.json").is_file()
        code, out, _ = narrator(
            monkeypatch, capsys, "judge", told, "--count", 1, "--base-url", server.url, "--rubric", "pocket"
        )
        assert re.search(r"overall +\d\.\d{3}   none ", out)


@pytest.mark.parametrize(
    ("arguments", "messages"),
    [
        ([], ["give either --provider"]),
        (["--provider", "openai", "--base-url", "http://x"], ["give either --provider"]),
        (["--provider", "openai"], ["OPENAI_API_KEY is not set"]),
        (["--provider", "gemini"], ["GOOGLE_API_KEY or GEMINI_API_KEY is not set"]),
        (["--provider", "local", "--budget", "0"], ["a budget of 0 allows no request"]),
        (["--provider", "local", "--budget", "nan"], ["--budget is nan, which is no number"]),
        (["--provider", "local", "--budget", "1"], ["without knowing prices", "--price-in"]),
        (["--provider", "local", "--price-in", "1"], ["only one of the two prices"]),
        (["--provider", "local", "--rubric", "stars"], ["stars"]),
    ],
)
def test_what_is_refused_before_anything_is_sent(told, arguments, messages, monkeypatch, capsys):
    for name in ("OPENAI_API_KEY", "GOOGLE_API_KEY", "GEMINI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    code, out, err = narrator(monkeypatch, capsys, "judge", told, *arguments)
    assert (code, out) == (2, "")
    assert all(message in err for message in messages)
    assert "Traceback" not in err


def test_nobody_listens(told, monkeypatch, capsys):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    for model in ([], ["--model", "some"]):
        code, out, err = narrator(monkeypatch, capsys, "judge", told, "--base-url", url, *model)
        assert (code, out) == (2, "")
        assert "the endpoint does not answer: " in err
        assert url in err


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"beginning": "Once"}', "without the field `text`"),
        ('{"text": 3}', "`text` is 3"),
        ("{", "line 3 is not JSON"),
    ],
)
def test_damaged_lines_are_named(tmp_path, line, message):
    path = tmp_path / "told.jsonl"
    path.write_text('{"beginning": "Once", "text": "there was."}\n\n' + line + "\n", encoding="utf-8")
    with pytest.raises(CorpusError, match=message) as caught:
        read_items(path)
    assert "told.jsonl:3" in str(caught.value)


def test_a_run_gives_what_it_told(tmp_path):
    with pytest.raises(JudgeError, match="no generated stories"):
        read_items(tmp_path)
    (tmp_path / "evaluation").mkdir()
    for suite in ("quick", "full"):
        record = {"beginning": "Once.", "text": f" {suite}"}
        (tmp_path / "evaluation" / f"told-{suite}.jsonl").write_text(json.dumps(record), encoding="utf-8")
        assert read_items(tmp_path) == [Item("story 1", "Once.", suite)]


def test_files_of_whole_stories_are_halved(tmp_path):
    assert halve("one two three") == ("one two", "three")
    assert halve("one") == ("one", "")
    path = tmp_path / "stories.txt"
    path.write_text("One two three four.\n<|endoftext|>\nWord\n<|endoftext|>\nA b c d.\n", encoding="utf-8")
    assert [(item.name, item.completion) for item in read_items(path)] == [("story 1", "four."), ("story 3", "d.")]
    path.write_text("Word\n", encoding="utf-8")
    with pytest.raises(JudgeError, match="no story"):
        read_items(path)
    with pytest.raises(CorpusError, match="no such file"):
        read_items(tmp_path / "none.jsonl")
