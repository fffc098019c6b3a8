"""Training that goes on from another run: its weights, its tokenizer or a mapped table, frozen parts, an early stop."""

from pathlib import Path

import pytest
import torch

from pocket_narrator.errors import RecipeError, RunError
from pocket_narrator.files.json_lines import read_json_lines
from pocket_narrator.recipe.schema import Recipe
from pocket_narrator.run.checkpoint import load_checkpoint
from pocket_narrator.run.loading import load_trained
from pocket_narrator.training.freezing import freeze
from pocket_narrator.workbench import from_recipe
from tests.models.stacks import MODELS, make_stack
from tests.narrator_process import narrator
from tests.small_runs import assert_same_run, small_recipe, write_stories


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base")
    return train(small_recipe(folder, "base", {"bigram_buckets": 64, "tied_head": False}), folder).run


def train(recipe: Recipe, folder: Path, **options) -> from_recipe.TrainingOutcome:
    return from_recipe.train(recipe, folder / "runs" / recipe.name, folder / "data", lambda _: None, **options)


def other_text(folder: Path) -> Path:
    write_stories(folder / "train.txt", 24, seed=5)
    write_stories(folder / "validation.txt", 4, seed=6)
    return folder


def weights(run: Path, which="last") -> dict[str, torch.Tensor]:
    return load_trained(run, which).model.state_dict()


def test_it_begins_with_the_weights_of_its_base_and_names_it(base: Path, tmp_path: Path) -> None:
    recipe = small_recipe(other_text(tmp_path), "tuned", {"width": 64}, steps=4, learning_rate=1e-4)
    run = train(recipe, tmp_path, base=base).run
    tuned = load_trained(run)
    assert tuned.data["base"]["name"] == "base"
    assert tuned.data["base"]["step"] == load_trained(base).step
    assert tuned.recipe.model == load_trained(base).recipe.model  # and not the width of the recipe
    assert tuned.tokenizer.fingerprint == load_trained(base).tokenizer.fingerprint
    assert tuned.recipe.tokenizer.path == (run / "tokenizer.json").as_posix()
    first = next(iter(read_json_lines(run / "metrics.jsonl", report=print)))
    assert first["step"] == 0  # measured before anything was learned
    moved = {name: (tensor - weights(base, "best")[name]).abs().max() for name, tensor in weights(run).items()}
    assert 0 < max(moved.values()) < 1e-2


def test_its_first_checkpoint_is_the_base(base: Path, tmp_path: Path) -> None:
    recipe = small_recipe(other_text(tmp_path), "tuned", steps=2, learning_rate=0.5, warmup_steps=0, checkpoint_every=1)
    run = train(recipe, tmp_path, base=base).run
    stored = load_checkpoint(run / "checkpoints" / "step-0000000")  # it is the best: a rate of 0.5 only destroys
    assert all(torch.equal(tensor, weights(base, "best")[name]) for name, tensor in stored.model.items())


def test_interrupted_it_goes_on_to_the_same_bits(base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the base is gone."""
    ends = {}
    for name in ("whole", "halves"):
        folder = tmp_path / name
        folder.mkdir()
        monkeypatch.chdir(folder)  # the recipes name the same relative files
        recipe = small_recipe(other_text(Path(".")), "tuned", steps=8, learning_rate=1e-3)
        if name == "halves":
            original = from_recipe.Trainer._train_step

            def stop_at_5(self: from_recipe.Trainer, original=original) -> torch.Tensor:
                if self.step == 5:
                    raise KeyboardInterrupt
                return original(self)

            with monkeypatch.context() as patched:
                patched.setattr(from_recipe.Trainer, "_train_step", stop_at_5)
                with pytest.raises(KeyboardInterrupt):
                    train(recipe, Path("."), base=base)
            train(recipe, Path("."))
        else:
            train(recipe, Path("."), base=base)
        ends[name] = folder / "runs" / "tuned"
    assert_same_run(ends["halves"], ends["whole"])


def test_a_run_keeps_to_its_base(base: Path, tmp_path: Path) -> None:
    recipe = small_recipe(other_text(tmp_path), "tuned", steps=1)
    other = train(recipe.model_copy(update={"name": "other"}), tmp_path).run
    train(recipe, tmp_path, base=base)
    with pytest.raises(RunError, match="was begun from the run base, not from"):
        train(recipe, tmp_path, base=other)
    with pytest.raises(RunError, match="was begun from random weights"):
        train(recipe.model_copy(update={"name": "other"}), tmp_path, base=base)


def test_a_new_tokenizer_takes_over_the_rows_that_it_shares(base: Path, tmp_path: Path) -> None:
    recipe = small_recipe(other_text(tmp_path), "tuned", steps=1, learning_rate=1e-9, warmup_steps=0)
    recipe = recipe.model_copy(update={"tokenizer": recipe.tokenizer.model_copy(update={"vocabulary_size": 320})})
    new, old = load_trained(train(recipe, tmp_path, base=base, new_tokenizer=True).run), load_trained(base)
    assert new.tokenizer.fingerprint != old.tokenizer.fingerprint
    for name in ("embedding.weight", "head.weight"):
        ours, theirs = new.model.state_dict()[name], old.model.state_dict()[name]
        shared = 0
        for token in range(1, new.tokenizer.vocabulary_size):
            try:
                pieces = old.tokenizer.encode(new.tokenizer.token_bytes(token).decode())
            except UnicodeDecodeError:
                continue
            shared += len(pieces) == 1
            torch.testing.assert_close(ours[token], theirs[pieces].mean(0), rtol=0, atol=1e-6)
        assert shared > 100
        torch.testing.assert_close(ours[0], theirs[0], rtol=0, atol=1e-6)
    assert new.model.state_dict()["bigrams.weight"].abs().max() < 1e-6  # other pairs lie in its rows now


@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
def test_frozen_parts_stay_as_they_are(base: Path, optimizer: str, tmp_path: Path) -> None:
    recipe = small_recipe(
        other_text(tmp_path), "tuned", steps=3, frozen=("embedding", "layers.0-0.mixer"), optimizer=optimizer
    )
    run = train(recipe, tmp_path, base=base).run
    before = weights(base, "best")
    same = {name for name, tensor in weights(run).items() if torch.equal(tensor, before[name])}
    assert {name for name in before if name.startswith(("embedding.", "layers.0.mixer."))} == same
    optimizer_state = load_checkpoint(run / "checkpoints" / "step-0000003").optimizer
    assert not any(name.startswith(("embedding.", "layers.0.mixer.")) for name in optimizer_state)


def test_which_parts_can_be_frozen() -> None:
    model = make_stack(MODELS["llama"])
    assert freeze(model, ("layers.1",)) == sum(p.numel() for p in model.layers[1].parameters())
    with pytest.raises(RecipeError, match=r"no part 'layer\.0'"):
        freeze(model, ("layer.0",))
    with pytest.raises(RecipeError, match=r"no part 'layers\.7-9'"):
        freeze(model, ("layers.7-9",))
    with pytest.raises(RecipeError, match="leaves nothing to train"):
        freeze(model, ("layers", "embedding", "norm"))


def test_a_part_that_is_not_there_leaves_no_run(base: Path, tmp_path: Path) -> None:
    recipe = small_recipe(other_text(tmp_path), "tuned", frozen=("embeding",))
    with pytest.raises(RecipeError, match="no part 'embeding'"):
        train(recipe, tmp_path)
    assert not (tmp_path / "runs").exists()


def test_it_stops_when_it_gets_no_better(base: Path, tmp_path: Path) -> None:
    options = {"steps": 100, "learning_rate": 3.0, "warmup_steps": 0, "evaluate_every": 2, "checkpoint_every": 50}
    recipe = small_recipe(other_text(tmp_path), "tuned", patience=2, clip=None, **options)
    result = train(recipe, tmp_path, base=base).result
    scores = [
        record
        for record in read_json_lines(tmp_path / "runs/tuned/metrics.jsonl", report=print)
        if "validation_loss" in record
    ]
    best = min(scores, key=lambda record: record["validation_bits_per_byte"])
    assert result.finished
    assert result.step == best["step"] + 4 < 100
    assert load_trained(tmp_path / "runs/tuned").step == best["step"]
    assert train(recipe, tmp_path, base=base).result.step == result.step  # and is finished when called again


def test_the_command_takes_the_model_of_the_base(base: Path, tmp_path: Path) -> None:
    other_text(tmp_path)
    arguments = [
        "train",
        "fine-tune",
        "--from",
        str(base),
        "name=tuned",
        "training.steps=2",
        "training.batch_tokens=64",
    ]
    arguments += ["corpus={kind: files, train: train.txt, validation: validation.txt}", "--stories", "0"]
    done = narrator(*arguments, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "the weights are those of" in done.stderr
    refused = narrator(*arguments, "model.width=64", cwd=tmp_path)
    assert (refused.returncode, refused.stderr.splitlines()[0][:36]) == (2, "error: model.width cannot be changed")
    assert "names no model" not in done.stderr
    alone = narrator("train", "fine-tune", "corpus.train=nowhere.txt", "corpus.kind=files", cwd=tmp_path)
    assert "the recipe names no model: the default one is trained from the beginning" in alone.stderr
    assert narrator("train", "fine-tune", "--new-tokenizer", cwd=tmp_path).returncode == 2
    assert "no such run directory" in narrator("train", "fine-tune", "--from", "nowhere", cwd=tmp_path).stderr
