"""Options that would be taken and forgotten are refused before anything is loaded."""

import sys

import pytest

from pocket_narrator.cli.main import main


@pytest.fixture
def narrate(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.yaml").write_text("name: run\n")
    (tmp_path / "stories.txt").write_text("One day.\n<|endoftext|>\n")

    def call(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["narrator", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        assert captured.out == ""
        return int(ended.value.code or 0), captured.err

    return call


@pytest.mark.parametrize(
    ("options", "useless"),
    [
        *(
            (["--beams", "2", *option], option[0])
            for option in (
                ["--temperature", "1"], ["--top-k", "3"], ["--top-p", "0.9"], ["--min-p", "0.1"], ["--typical", "0.9"],
                ["--mirostat", "2"], ["--repetition-penalty", "1.1"], ["--no-repeat-ngram", "3"], ["--stop", "."],
                ["--stories", "3"], ["--seed", "1"], ["--greedy"], ["--precision", "int8"],
            )
        ),
        (["--beams", "2", "--json", "--logprobs", "2"], "--logprobs"),
        (["--logprobs", "2"], "--logprobs"),
        (["--json", "--no-stream"], "--stream"),
        (["--greedy", "--temperature", "2"], "--temperature"),
        (["--greedy", "--top-k", "2"], "--top-k"),
        (["--greedy", "--seed", "2"], "--seed"),
        (["--temperature", "0", "--mirostat", "2"], "--mirostat"),
        (["--temperature", "0", "--stories", "2"], "--stories"),
        (["--mirostat", "2", "--top-p", "0.9"], "--top-p"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_tell(narrate, options, useless):
    code, error = narrate("tell", "run", "Once", *options)
    assert code == 2
    assert error.startswith(f"error: {useless} has no effect ")
    assert "hint: " in error


@pytest.mark.parametrize(
    ("arguments", "useless"),
    [
        (["run", "--embedder", "minilm"], "--embedder"),
        (["run", "--grammar", "cola"], "--grammar"),
        (["run", "--nouns", "words"], "--nouns"),
        (["run", "--on", "stories.txt"], "--on"),
        (["run", "--out", "there"], "--out"),
        (["run", "--suite", "quick", "--out", "there"], "--out"),
        (["run", "--suite", "quick", "--split", "validation"], "--split"),
        (["run", "--suite", "quick", "--stories", "3"], "--stories"),
        (["stories.txt", "--which", "last"], "--which"),
        (["stories.txt", "--on", "run"], "--on"),
        (["hf:somebody/something", "--which", "last"], "--which"),
        (["hf:somebody/something", "--on", "run", "--stride", "3"], "--stride"),
    ],
)
def test_evaluate(narrate, arguments, useless):
    code, error = narrate("evaluate", *arguments)
    assert code == 2
    assert error.startswith(f"error: {useless} has no effect ")


@pytest.mark.parametrize(
    "arguments",
    [
        ["stats", "storyworld-quick", "--layout", "lines"],
        ["stats", "storyworld-quick", "--column", "story"],
        ["tokenizer", "train", "storyworld-quick", "--column", "story"],
        ["tokenizer", "compare", "storyworld-quick", "character", "--layout", "lines"],
    ],
)
def test_where_a_recipe_has_its_own(narrate, arguments):
    code, error = narrate(*arguments)
    assert code == 2
    assert "is a recipe, which has its own" in error


def test_clean(narrate):
    code, error = narrate("clean", "stories.txt", "--cluster", "--workers", "2")
    assert code == 2
    assert error.startswith("error: --workers has no effect with --cluster")
