"""Every file of an exported folder opened as its user opens it, and every example of its card run."""

import io
import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from pocket_narrator.errors import InteropError
from pocket_narrator.interop import model_card
from pocket_narrator.interop.card_examples import examples_of, prove_examples
from pocket_narrator.interop.chat_template import CHAT_TEMPLATE
from pocket_narrator.interop.hugging_face.classes import to_hugging_face
from pocket_narrator.interop.hugging_face.export import export_hugging_face
from pocket_narrator.interop.hugging_face.folder import write_folder
from pocket_narrator.recipe.schema import GenerationConfig, ModelConfig
from pocket_narrator.run.loading import load_trained
from tests.interop.exportable import make_run
from tests.models.stacks import make_stack

transformers = pytest.importorskip("transformers", reason="make setup")

SIZES = {"width": 32, "heads": 4, "context": 24}
KINDS = {
    "gpt2": ModelConfig(preset="gpt2", layers="attention*2", **SIZES),
    "llama": ModelConfig(preset="llama", layers="attention*2", **SIZES),
    "mamba": ModelConfig(preset="mamba", layers="mamba*2", **SIZES),
}
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def folder_of(run_of: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Folders of models that never say the end-of-text token, so that only their settings end a story."""
    made: dict[str, Path] = {}
    tokenizer = load_trained(run_of("narrative")).tokenizer

    def get(name: str) -> Path:
        if name not in made:
            made[name] = tmp_path_factory.mktemp("users")
            stack = make_stack(KINDS[name].model_copy(update={"tied_head": False}), tokenizer.vocabulary_size)
            assert stack.head is not None
            with torch.no_grad():
                stack.head.weight[tokenizer.end_of_text] = 0
                stack.head.weight.mul_(0.1)
            expressed = to_hugging_face(stack.model, tokenizer.vocabulary_size, stack.state_dict())
            write_folder(made[name], expressed.foreign, tokenizer, SIZES["context"], GenerationConfig(max_tokens=400))
        return made[name]

    return get


@pytest.mark.parametrize("name", ["gpt2", "llama"])
def test_with_its_settings_nothing_is_told_past_the_positions(name: str, folder_of: Callable[[str], Path]) -> None:
    folder = folder_of(name)
    model = transformers.AutoModelForCausalLM.from_pretrained(str(folder))
    tokenizer = transformers.AutoTokenizer.from_pretrained(str(folder))
    for prompt in ("", "The cat", "The cat sat by the big house"):
        inputs = tokenizer(prompt, return_tensors="pt")
        assert inputs.input_ids.shape[1] < 24
        for seed in range(3):
            torch.manual_seed(seed)
            assert model.generate(**inputs).shape[1] == 24
    teller = transformers.pipeline("text-generation", model=str(folder))
    assert len(teller("The cat")[0]["generated_text"]) > len("The cat")
    assert len(teller(["The cat", "The cat sat by the"], batch_size=2)) == 2


def test_a_mamba_tells_as_many_tokens_as_fit_after_the_prompt(folder_of: Callable[[str], Path]) -> None:
    settings = json.loads((folder_of("mamba") / "generation_config.json").read_text(encoding="utf-8"))
    prompt = transformers.AutoTokenizer.from_pretrained(str(folder_of("mamba")))("Once upon a time").input_ids
    assert settings["max_new_tokens"] == 24 - len(prompt)


@pytest.mark.parametrize("name", KINDS)
def test_a_pipeline_tells_a_row_of_a_batch_as_it_tells_it_alone(name: str, folder_of: Callable[[str], Path]) -> None:
    teller = transformers.pipeline("text-generation", model=str(folder_of(name)))
    assert teller.tokenizer.padding_side == "left"
    prompts = ["The cat", "The little dog sat"]
    together = teller(prompts, batch_size=2, do_sample=False, max_new_tokens=6)
    alone = [teller(prompt, do_sample=False, max_new_tokens=6) for prompt in prompts]
    assert together == alone


def test_the_tokenizer_in_the_library_below_and_after_saving(
    folder_of: Callable[[str], Path], run_of: Callable[..., Path], tmp_path: Path
) -> None:
    import tokenizers

    ours = load_trained(run_of("narrative")).tokenizer
    plain = tokenizers.Tokenizer.from_file(str(folder_of("gpt2") / "tokenizer.json"))
    theirs = transformers.AutoTokenizer.from_pretrained(str(folder_of("gpt2")))
    theirs.save_pretrained(tmp_path)
    again = transformers.AutoTokenizer.from_pretrained(str(tmp_path))
    for text in ("The cat's 12 balls,  and\n\n then", "caf\u00e9 \U0001f642", ""):
        expected = [ours.end_of_text, *ours.encode(text)]
        assert plain.encode(text).ids == theirs(text).input_ids == again(text).input_ids == expected
        assert plain.decode(expected) == text
    assert set(theirs("The").keys()) == {"input_ids", "attention_mask"}
    assert (again.padding_side, again.pad_token_id, again.model_max_length) == ("left", ours.end_of_text, 24)
    assert again.chat_template == CHAT_TEMPLATE


CHATS = [
    ([("user", "Once upon a time")], "Once upon a time"),
    ([("system", "Be brief."), ("user", "The cat")], "The cat"),
    ([("user", "The cat"), ("assistant", ", who sat"), ("user", "Then")], "The cat, who sat Then"),
    ([("user", "A "), ("assistant", "fox."), ("user", "\nIt"), ("assistant", " ran")], "A fox.\nIt ran"),
    ([("user", ""), ("user", "The"), ("assistant", ""), ("user", "dog")], "The dog"),
]


@pytest.mark.parametrize(("chat", "story"), CHATS)
def test_a_chat_is_one_story(chat: list, story: str, folder_of: Callable[[str], Path]) -> None:
    tokenizer = transformers.AutoTokenizer.from_pretrained(str(folder_of("llama")))
    messages = [{"role": role, "content": text} for role, text in chat]
    in_parts = [{"role": role, "content": [{"type": "text", "text": text}]} for role, text in chat]
    for given in (messages, in_parts):
        found = tokenizer.apply_chat_template(given, add_generation_prompt=True, return_dict=True)
        assert found["input_ids"] == tokenizer(story).input_ids


def test_a_chat_through_a_pipeline(folder_of: Callable[[str], Path]) -> None:
    teller = transformers.pipeline("text-generation", model=str(folder_of("llama")))
    (told,) = teller([{"role": "user", "content": "The cat"}], do_sample=False)
    (plain,) = teller("The cat", do_sample=False)
    assert "The cat" + told["generated_text"][-1]["content"] == plain["generated_text"]


@pytest.mark.parametrize("name", KINDS)
def test_in_half_precision(name: str, folder_of: Callable[[str], Path]) -> None:
    open_as = transformers.AutoModelForCausalLM.from_pretrained
    tokens = torch.tensor([[0, 5, 9, 7]])
    expected = open_as(str(folder_of(name)))(tokens).logits
    half = open_as(str(folder_of(name)), dtype=torch.bfloat16)
    assert (half(tokens).logits - expected).abs().max() < 0.1 * expected.abs().max()


# ---- the card


@pytest.mark.parametrize("prompt", ["Once upon a time", 'He said "."\n\u00ab\U0001f642\u00bb'])
def test_the_examples_of_a_card_run_without_a_question_or_a_warning(
    prompt: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = {"generation": {"prompts": [prompt], "max_tokens": 400}}
    run = make_run(tmp_path, KINDS["gpt2"], sections=recipe)
    folder = export_hugging_face(run).path
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert len(examples_of(card)) == 2
    capsys.readouterr()
    logging.getLogger("transformers").propagate = True
    try:
        prove_examples(folder, prompt, prompt, needs_our_code=False)
    finally:
        logging.getLogger("transformers").propagate = False
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []
    assert "[y/N]" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ('raise RuntimeError("too far")', "RuntimeError: too far"),
        ('print("another story")', "another story"),
        ('import sys\n\nsys.stderr.write("no")\nprint(input("Run it? [y/N]"))', "EOF"),
    ],
)
def test_a_card_that_does_not_run_is_not_written(
    wrong: str, message: str, run_of: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = model_card._use
    monkeypatch.setattr(model_card, "_use", lambda *given: f"{whole(*given)}\n\n```python\n{wrong}\n```\n")
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    with pytest.raises(InteropError, match="examples do not run in transformers") as caught:
        export_hugging_face(run_of("gpt2"), tmp_path / "out")
    assert message in caught.value.what
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_our_own_class_as_a_stranger_opens_it(run_of: Callable[..., Path], tmp_path: Path) -> None:
    """In a process that knows nothing of it: the card's examples, saved twice, copied elsewhere; and a folder of an earlier version."""
    folder = export_hugging_face(run_of("hybrid"), tmp_path / "out").path
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert card.count("trust_remote_code=True") == 3
    program = """
import shutil, sys, torch
from pathlib import Path
from transformers import AutoConfig, AutoModelForCausalLM as M, AutoTokenizer, pipeline
options, place = {"trust_remote_code": True}, Path(sys.argv[1])
tokens = torch.tensor([[0, 5, 9, 7]])
model, tokenizer = M.from_pretrained(".", **options).eval(), AutoTokenizer.from_pretrained(".", **options)
expected = model(tokens).logits
for name in ("once", "twice"):
    model.save_pretrained(place / name)
    tokenizer.save_pretrained(place / name)
    model = M.from_pretrained(place / name, **options).eval()
    assert torch.equal(model(tokens).logits, expected)
shutil.copytree(place / "twice", place / "moved")
shutil.rmtree(place / "twice")
assert AutoConfig.from_pretrained(place / "moved", **options).model_type == "pocket_narrator"
teller = pipeline("text-generation", model=str(place / "moved"), **options)
told = [teller(prompt, do_sample=False) for prompt in ("The cat", "The little dog sat")]
assert told == teller(["The cat", "The little dog sat"], batch_size=2, do_sample=False)
earlier = place / "moved" / "modeling_pocket_narrator.py"
earlier.write_text(
    "from pocket_narrator.interop.own_class import define\\nPocketNarratorConfig, PocketNarratorForCausalLM = define()\\n"
)
model = M.from_pretrained(place / "moved", **options).eval()
model.save_pretrained(place / "from_earlier")
assert torch.equal(M.from_pretrained(place / "from_earlier", **options).eval()(tokens).logits, expected)
print("all of it")
"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HF_MODULES_CACHE": str(tmp_path / "code")}
    for code in ("\n".join(examples_of(card)), program):
        done = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path)],
            cwd=folder,
            env={**environment, "HF_HUB_OFFLINE": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        said = re.sub(r"(Loading weights|Writing model shards).*", "", done.stderr).strip()
        assert said == "", said
    assert "all of it" in done.stdout
