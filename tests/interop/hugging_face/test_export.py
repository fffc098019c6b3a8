"""Folders of Hugging Face's: what transformers makes of them is the run, token for token."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import yaml

from pocket_narrator.errors import InteropError, NarratorError
from pocket_narrator.interop.hugging_face.export import export_hugging_face, open_in_transformers, quiet_transformers
from pocket_narrator.interop.hugging_face.folder import read_folder
from pocket_narrator.interop.parity import prove, refuse_other_logits, refuse_other_text
from pocket_narrator.models.stack import DecoderStack
from pocket_narrator.run.loading import load_trained
from tests.interop.exportable import KNOWN, OURS, TRAINED, logits_of, make_run
from tests.models.stacks import make_stack

transformers = pytest.importorskip("transformers", reason="make setup")

ALL = [(name, False) for name in (*KNOWN, *OURS)] + [(name, True) for name in TRAINED]
CLASSES = {
    "llama": "LlamaForCausalLM",
    "gpt2": "GPT2LMHeadModel",
    "mamba": "MambaForCausalLM",
    "mamba2": "Mamba2ForCausalLM",
}
ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(("name", "trained"), ALL)
def test_twelve_models_are_the_same_there(name: str, trained: bool, run_of: Callable[..., Path]) -> None:
    run = run_of(name, trained)
    exported = export_hugging_face(run)
    assert exported.path == run / "export" / "hf"
    assert exported.kind == CLASSES.get(name.split(",")[0], "PocketNarratorForCausalLM")
    assert exported.parity.largest_difference <= 1e-5 * max(1.0, exported.parity.largest_logit)
    assert (exported.parity.greedy_equal, exported.parity.greedy_tokens) == (256, 256)
    with quiet_transformers():
        theirs = open_in_transformers(exported.path)
    assert type(theirs).__module__.startswith("transformers.") == (name in KNOWN)
    ours = load_trained(run).model
    tokens = torch.randint(ours.vocabulary_size, (3, 320), generator=torch.Generator().manual_seed(5))
    torch.testing.assert_close(theirs(tokens).logits, logits_of(ours, tokens), rtol=1e-5, atol=2e-5)


def test_the_folder_is_whole_and_says_what_it_is(run_of: Callable[..., Path], tmp_path: Path) -> None:
    folder = export_hugging_face(run_of("llama"), tmp_path / "out").path
    files = {"README.md", "config.json", "generation_config.json", "model.safetensors", "parity.json"}
    assert {path.name for path in folder.iterdir()} == files | {
        "special_tokens_map.json",
        "tokenizer.json",
        "tokenizer_config.json",
    }
    tokenizer = transformers.AutoTokenizer.from_pretrained(str(folder))
    encoded = tokenizer("The cat sat.").input_ids
    assert encoded[0] == tokenizer.eos_token_id == tokenizer.bos_token_id == 0
    assert tokenizer.decode(encoded, skip_special_tokens=True) == "The cat sat."
    settings = json.loads((folder / "generation_config.json").read_text(encoding="utf-8"))
    assert (settings["do_sample"], settings["temperature"], settings["top_k"]) == (True, 0.8, 0)
    assert settings["max_length"] == len(tokenizer("Once upon a time").input_ids) + 8
    _, header, text = (folder / "README.md").read_text(encoding="utf-8").split("---\n", 2)
    assert yaml.safe_load(header)["library_name"] == "transformers"
    for said in ("LlamaForCausalLM", "Not evaluated", "320 tokens", "256 of 256 greedy tokens are equal"):
        assert said in text
    assert export_hugging_face(run_of("llama"), folder).path == folder  # replaces itself


def test_the_card_has_the_figures_of_the_run(tmp_path: Path) -> None:
    from pocket_narrator.evaluation.likelihood.of_run import evaluate_run
    from pocket_narrator.evaluation.statistics.bootstrap import spell_interval
    from pocket_narrator.tokens.prepare import prepare

    run = make_run(tmp_path, KNOWN["gpt2"], trained=True)
    found = evaluate_run(run, prepared=prepare(load_trained(run).recipe, tmp_path / "data")).likelihood
    _, header, text = (export_hugging_face(run).path / "README.md").read_text(encoding="utf-8").split("---\n", 2)
    result = yaml.safe_load(header)["model-index"][0]["results"][0]["metrics"][0]
    assert result["value"] == round(found.bits_per_byte, 4)
    interval = spell_interval(found.bits_per_byte_interval, found.stories)
    assert f"{found.bits_per_byte:.4f} bits per byte (95 % interval {interval})" in text


@pytest.mark.slow
def test_our_own_class_opens_where_nothing_is_registered(tmp_path: Path) -> None:
    run = make_run(tmp_path, OURS["hybrid"])
    folder = export_hugging_face(run).path
    program = (
        "import sys, torch\nfrom transformers import AutoModelForCausalLM as M\n"
        "model = M.from_pretrained(sys.argv[1], trust_remote_code=True).eval()\n"
        "loss = model(torch.tensor([[0, 5, 9, 7]]), labels=torch.tensor([[0, 5, 9, 7]])).loss\n"
        "print(float(loss), model.generate(torch.tensor([[0, 5, 9]]), max_new_tokens=4, do_sample=False)[0].tolist())"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HF_MODULES_CACHE": str(tmp_path), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", program, str(folder)], capture_output=True, text=True, env=environment, timeout=250
    )
    assert done.returncode == 0, done.stderr
    ours = load_trained(run).model
    expected = -float(ours.log_probs(torch.tensor([[0, 5, 9, 7]])).mean())
    loss, told = done.stdout.split(" ", 1)
    assert float(loss) == pytest.approx(expected, rel=1e-5)
    assert json.loads(told)[:3] == [0, 5, 9]


def test_another_model_is_refused() -> None:
    model = make_stack(KNOWN["llama"])
    other = DecoderStack(KNOWN["llama"], 37).eval()
    other.load_state_dict(model.state_dict())
    with torch.no_grad():
        other.layers[1].mixer.out.weight[3, 3] += 1e-2
    with pytest.raises(InteropError, match="gives other logits than the run"):
        refuse_other_logits(model, lambda tokens: logits_of(other, tokens), "it")
    with pytest.raises(InteropError, match="greedy token 3 of 256 differs"):
        refuse_other_text(
            model, lambda prompt, count: [*_greedy(model, prompt, 2), 36, *[0] * (count - 3)], [0, 5], "it"
        )
    parity = prove(model, lambda tokens: logits_of(model, tokens), lambda p, n: _greedy(model, p, n), [0, 5], "it")
    assert parity.largest_difference == 0


def _greedy(model: DecoderStack, prompt: list[int], count: int) -> list[int]:
    """Without a cache."""
    tokens = list(prompt)
    for _ in range(count):
        tokens.append(int(logits_of(model, torch.tensor([tokens]))[0, -1].argmax()))
    return tokens[len(prompt) :]


def test_nothing_is_left_where_an_export_fails(run_of: Callable[..., Path], tmp_path: Path) -> None:
    run = run_of("llama")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InteropError, match="no earlier export"):
        export_hugging_face(run, tmp_path / "mine")
    with pytest.raises(NarratorError, match="nothing can be written here"):
        export_hugging_face(run, tmp_path / "mine" / "notes.txt" / "hf")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["notes.txt"]


def test_weights_are_read_back_to_the_bit(run_of: Callable[..., Path]) -> None:
    run = run_of("narrative")
    if not (run / "export" / "hf").exists():  # the test above has made it, where it has run
        export_hugging_face(run)
    _, tensors = read_folder(run / "export" / "hf")
    ours = load_trained(run).model.state_dict()
    assert {name.removeprefix("stack."): True for name in tensors}.keys() == ours.keys()
    assert all(torch.equal(tensors[f"stack.{name}"], tensor) for name, tensor in ours.items())
