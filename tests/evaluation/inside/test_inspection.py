"""`narrator inspect`: memories, routers, and the picture of them."""

import json
import sys
from pathlib import Path

import pytest
import torch

from pocket_narrator.cli.main import main
from pocket_narrator.errors import RunError
from pocket_narrator.evaluation.inside.inspection import TOKEN_CLASSES, inspect_run, token_classes
from pocket_narrator.run.loading import load_trained
from pocket_narrator.workbench.from_recipe import train
from tests.small_runs import small_recipe


@pytest.fixture
def make_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)

    def make(layers: str, **model: object) -> Path:
        recipe = small_recipe(tmp_path, model={"layers": layers, "positions": "none", **model}, steps=4)
        return train(recipe, tmp_path / "runs" / "small", report=lambda _: None).run

    return make


def test_a_narrative_model(make_run):
    run = make_run("narrative*2", narrative={"cross_track_every": 2})
    found = inspect_run(run)
    assert [layer.mixer for layer in found.layers] == ["narrative", "narrative"]
    assert found.layers[0].cross_track_gates is None
    assert len(found.layers[1].cross_track_gates) == 3
    for layer in found.layers:
        assert [memory.track for memory in layer.memories] == ["scene", "plot", "character"]
        assert sum(memory.channels for memory in layer.memories) == 64
        for memory in layer.memories:
            assert list(memory.quantiles) == sorted(memory.quantiles)
            assert memory.shortest * 0.9 < memory.quantiles[0]
            assert memory.quantiles[-1] < memory.longest * 1.1
        for means in (layer.routed, layer.read):
            assert means.keys() == {name for name, count in found.tokens.items() if count}
            assert all(sum(weights) == pytest.approx(3, abs=1e-3) for weights in means.values())
    assert json.loads((run / "evaluation" / "inspection.json").read_text(encoding="utf-8"))["step"] == found.step


def test_the_means_are_those_of_the_router(make_run):
    run = make_run("narrative", narrative={"read_gate": False, "cross_track_every": None})
    trained = load_trained(run)
    trained.model.layers[0].mixer.router.weight.data.zero_()
    trained.model.layers[0].mixer.router.bias.data.copy_(torch.tensor([1.0, 0.5, 0.0]).log().nan_to_num(neginf=-50))
    from pocket_narrator.evaluation.inside.inspection import inspect_model
    from pocket_narrator.tokens.prepare import prepare

    (layer,) = inspect_model(trained, prepare(trained.recipe).validation).layers
    assert layer.read is None
    for weights in layer.routed.values():
        assert weights == pytest.approx([2.0, 1.0, 0.0], abs=1e-4)


def test_other_models_say_what_they_have(make_run):
    found = inspect_run(make_run("mamba attention mamba2"))
    assert [layer.mixer for layer in found.layers] == ["mamba", "attention", "mamba2"]
    assert [len(layer.memories) for layer in found.layers] == [1, 0, 0]
    assert found.layers[0].routed is None


@pytest.mark.parametrize("layers", ["attention*2", "mamba2"])
def test_models_that_learn_no_memory_are_refused(make_run, layers):
    with pytest.raises(RunError, match="no layer of this model has learned for how long it remembers"):
        inspect_run(make_run(layers))


def test_the_command_writes_a_picture(make_run, monkeypatch, capsys):
    pytest.importorskip("matplotlib")
    run = make_run("narrative*2")
    monkeypatch.setattr(sys, "argv", ["narrator", "inspect", str(run)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    printed = capsys.readouterr().out
    assert "routing weights, mean over the layers (1: no preference)" in printed
    assert "character" in printed
    picture = run / "evaluation" / "inspection.png"
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert str(picture) in printed


def test_every_token_has_a_class(make_run):
    trained = load_trained(make_run("mamba"))
    classes = token_classes(trained.tokenizer)
    named = {trained.tokenizer.decode([token]): TOKEN_CLASSES[index] for token, index in enumerate(classes.tolist())}
    assert TOKEN_CLASSES[classes[trained.tokenizer.end_of_text]] == "end of text"
    assert named["\n"] == "line break"
    assert named['"'] == "quote"
    assert named["."] == "sentence end"
    assert named["7"] == "digit"
    assert named[" the"] == "word"
    assert named["A"] == "capitalised"
    assert named["q"] == "part of a word"
    assert named[","] == "other mark"
