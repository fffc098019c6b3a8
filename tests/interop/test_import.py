"""Models of other programs become runs; what cannot be one is refused in words, and nothing is left behind."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from pocket_narrator.errors import NarratorError, RunError
from pocket_narrator.generation.narrator import Narrator
from pocket_narrator.interop.gguf.export import export_gguf
from pocket_narrator.interop.hugging_face.export import export_hugging_face
from pocket_narrator.interop.import_model import import_model
from pocket_narrator.recipe.schema import ModelConfig
from pocket_narrator.run.loading import load_trained
from tests.interop.exportable import KNOWN, logits_of, make_run
from tests.models.stacks import random_tokens

transformers = pytest.importorskip("transformers", reason="make setup")
SMALL = ModelConfig(preset="llama", layers="attention*2", width=32, heads=4, context=64)


@pytest.fixture
def exported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of Hugging Face's with a small Llama, in the current folder."""
    monkeypatch.chdir(tmp_path)
    return export_hugging_face(make_run(tmp_path, SMALL), Path("theirs")).path


def runs() -> list[str]:
    return sorted(path.name for path in Path("runs").iterdir())


@pytest.mark.parametrize("name", [*KNOWN, "hybrid"])
def test_out_and_in_again_it_is_the_same_model(
    name: str, run_of: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = run_of(name)
    sources = [export_hugging_face(run, Path("theirs")).path]
    if name in KNOWN:
        sources.append(export_gguf(run, Path("theirs.gguf")).path)
    before = load_trained(run)
    for number, source in enumerate(sources):
        imported = import_model(str(source), overrides=[f"name=again-{number}"])
        after = load_trained(imported.run)
        tokens = random_tokens(2, 60)
        torch.testing.assert_close(
            logits_of(after.model, tokens), logits_of(before.model, tokens), rtol=1e-5, atol=1e-5
        )
        assert after.tokenizer.encode("The cat sat.") == before.tokenizer.encode("The cat sat.")
        assert after.model.context == 320
        assert imported.run == Path("runs") / f"again-{number}"
        told = Narrator.load(imported.run).tell("The cat", max_tokens=4, temperature=0)
        assert told == Narrator.load(run).tell("The cat", max_tokens=4, temperature=0)


THEIRS = [
    transformers.GPT2Config(n_positions=64, n_embd=32, n_layer=2, n_head=4, vocab_size=300),
    transformers.GPTNeoConfig(
        max_position_embeddings=64,
        hidden_size=32,
        num_layers=2,
        num_heads=4,
        attention_types=[[["global", "local"], 1]],
        window_size=64,
        vocab_size=300,
    ),
    transformers.LlamaConfig(
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=64,
        vocab_size=300,
    ),
    transformers.MambaConfig(hidden_size=32, num_hidden_layers=2, vocab_size=300),
    transformers.Mamba2Config(
        hidden_size=32, num_hidden_layers=2, num_heads=4, head_dim=16, n_groups=2, state_size=8, vocab_size=300
    ),
]


@pytest.mark.parametrize("config", THEIRS, ids=lambda config: config.model_type)
def test_in_and_out_again_it_is_the_same_model(config, exported: Path) -> None:
    """A model of theirs, saved by transformers beside a tokenizer that transformers has saved."""
    torch.manual_seed(0)
    theirs = transformers.AutoModelForCausalLM.from_config(config).eval()
    theirs.save_pretrained("from-transformers")
    transformers.AutoTokenizer.from_pretrained(str(exported)).save_pretrained("from-transformers")
    run = import_model("from-transformers", overrides=["generation.max_tokens=8"]).run
    again = transformers.AutoModelForCausalLM.from_pretrained(str(export_hugging_face(run).path)).eval()
    tokens = torch.randint(300, (2, 40), generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(again(tokens).logits, theirs(tokens).logits, rtol=1e-5, atol=1e-5)
    assert again.num_parameters() == theirs.num_parameters() or config.model_type == "gpt_neo"  # which has fewer biases


def test_the_run_says_where_it_is_from(exported: Path) -> None:
    done = import_model(str(exported))
    trained = load_trained(done.run)
    assert (done.run, trained.step, trained.recipe.about) == (Path("runs/theirs"), 0, "imported from theirs")
    assert trained.data == {"imported": {"from": "theirs", "kind": "llama"}}
    assert trained.recipe.tokenizer.path == "runs/theirs/tokenizer.json"
    assert "transformers gives the same logits" in done.notes[0]
    with pytest.raises(RunError, match="a run of this name already"):
        import_model(str(exported))


def test_rows_that_belong_to_no_token_are_left_out(exported: Path) -> None:
    path, config = exported / "model.safetensors", json.loads((exported / "config.json").read_text(encoding="utf-8"))
    tensors = load_file(path)
    table = tensors["model.embed_tokens.weight"]
    tensors["model.embed_tokens.weight"] = torch.cat([table, torch.ones(20, 32)])
    save_file(tensors, path, metadata={"format": "pt"})
    (exported / "config.json").write_text(json.dumps({**config, "vocab_size": len(table) + 20}), encoding="utf-8")
    done = import_model(str(exported))
    assert done.notes[0].startswith("20 rows of the embedding")
    assert load_trained(done.run).model.vocabulary_size == len(table)


def test_a_shorter_context(exported: Path) -> None:
    assert import_model(str(exported), context=32).recipe.model.context == 32
    with pytest.raises(NarratorError, match="a context of 65 is more than the model was made for"):
        import_model(str(exported), overrides=["name=b"], context=65)


def test_gpt2s_older_pair_of_files(exported: Path) -> None:
    parsed = json.loads((exported / "tokenizer.json").read_text(encoding="utf-8"))
    (exported / "tokenizer.json").unlink()
    (exported / "vocab.json").write_text(json.dumps(parsed["model"]["vocab"]), encoding="utf-8")
    lines = [merge if isinstance(merge, str) else " ".join(merge) for merge in parsed["model"]["merges"]]
    (exported / "merges.txt").write_text("\n".join(["#version: 0.2", *lines]) + "\n", encoding="utf-8")
    run = import_model(str(exported)).run
    text = "The cat's ball, \u2014 12"
    assert load_trained(run).tokenizer.encode(text) == load_trained("runs/small").tokenizer.encode(text)


def change_config(folder: Path, **changes: object) -> None:
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").write_text(json.dumps({**config, **changes}), encoding="utf-8")


def change_weight(folder: Path, name: str, change) -> None:
    tensors = load_file(folder / "model.safetensors")
    tensors[name] = change(tensors[name])
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def replace_weights(folder: Path, content: bytes) -> None:
    (folder / "model.safetensors").write_bytes(content)


def pickle_weights(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


Q = "model.layers.0.self_attn.q_proj.weight"
OVERLAPPING = (
    b'{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},"b":{"dtype":"F32","shape":[4],"data_offsets":[8,24]}}'
)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda f: (f / "config.json").unlink(), r"config\.json is missing"),
        (lambda f: (f / "config.json").write_text("[1]", encoding="utf-8"), "holds no JSON object"),
        (lambda f: (f / "config.json").write_text("{" * 100_000, encoding="utf-8"), "cannot be read"),
        (lambda f: (f / "model.safetensors").unlink(), r"model\.safetensors is missing"),
        (lambda f: (f / "tokenizer.json").unlink(), "there is no tokenizer"),
        (lambda f: replace_weights(f, b"\xff" * 100), r"model\.safetensors claims a header"),
        (
            lambda f: replace_weights(f, len(OVERLAPPING).to_bytes(8, "little") + OVERLAPPING + bytes(24)),
            "cannot be read",
        ),
        (pickle_weights, "pickled, and a pickle can run any program"),
        (lambda f: change_config(f, model_type="falcon"), "type 'falcon' cannot be imported"),
        (lambda f: change_config(f, hidden_size=48), "only of width / heads"),
        (lambda f: change_config(f, num_hidden_layers=999), r"lacks the weight model\.layers\.2"),
        (lambda f: change_config(f, hidden_size=64, head_dim=16), "those of another config"),
        (lambda f: change_config(f, num_key_value_heads=3), "beyond what our stack can be"),
        (lambda f: change_config(f, intermediate_size=64), "those of another config"),
        (lambda f: change_config(f, num_attention_heads=5), "only of width / heads"),
        (lambda f: change_weight(f, Q, lambda x: x * float("nan")), "holds non-finite numbers"),
        (lambda f: change_weight(f, Q, lambda x: x[:5].clone()), "those of another config"),
        (lambda f: change_weight(f, "model.embed_tokens.weight", lambda x: x[:9].clone()), "a table of 9"),
    ],
)
def test_what_is_not_whole_is_refused_and_leaves_nothing(damage, message: str, exported: Path) -> None:
    damage(exported)
    with pytest.raises(NarratorError, match=message):
        import_model(str(exported))
    assert runs() == ["small"]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("nowhere.gguf", "there is no file or folder"),
        ("nobody-at-all-4711/no-such-model", "cannot be fetched from the Hugging Face hub"),
        ("train.txt", "is no GGUF file"),
    ],
)
def test_sources_that_lead_nowhere(source: str, message: str, exported: Path) -> None:
    with pytest.raises(NarratorError, match=message):
        import_model(source)
    assert runs() == ["small"]


def test_a_run_is_not_imported(exported: Path) -> None:
    with pytest.raises(NarratorError, match="this folder is a run already"):
        import_model("runs/small", overrides=["name=other"])
    assert runs() == ["small"]


def test_a_table_of_shards_that_leads_out_of_the_folder(exported: Path) -> None:
    (exported / "model.safetensors").rename(exported.parent / "elsewhere.safetensors")
    index = {"weight_map": {Q: "../elsewhere.safetensors"}}
    (exported / "model.safetensors.index.json").write_text(json.dumps(index), encoding="utf-8")
    with pytest.raises(NarratorError, match="does not name safetensors files of this folder"):
        import_model(str(exported))
