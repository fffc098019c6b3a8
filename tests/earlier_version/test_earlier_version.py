"""What users of an earlier version have goes on: `dbcbdb2.zip` holds runs, prepared data and exports that commit dbcbdb2 made,
and what it generated with them; `make.py` beside it says how."""

import hashlib
import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from pocket_narrator import Narrator
from pocket_narrator.errors import RunError
from pocket_narrator.evaluation.inside.inspection import inspect_run
from pocket_narrator.evaluation.likelihood.of_run import evaluate_run
from pocket_narrator.evaluation.memorisation.passage import seen_by_run
from pocket_narrator.evaluation.report.run_page import write_run_page
from pocket_narrator.interop.import_model import import_model
from pocket_narrator.recipe.loading import load_recipe
from pocket_narrator.run.checkpoint import load_model_tensors, newest_checkpoint
from pocket_narrator.run.data import RunData
from pocket_narrator.run.identity import RunIdentity
from pocket_narrator.tokenizers import Tokenizer
from pocket_narrator.tokens.prepare import prepare
from pocket_narrator.workbench import from_recipe
from tests.earlier_version.machine import machine
from tests.small_runs import WALL_CLOCK

FAMILIES = ("ngram", "softmax", "linear", "gated", "mamba", "mamba2", "narrative", "hybrid")
DATA = "data/storyworld-ddc6add5da/bpe280-b418726d7d"
PROMPT, NEW_TOKENS = "Once upon a time, there was a", 24
ARCHIVE = Path(__file__).with_name("dbcbdb2.zip")


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("earlier")
    with zipfile.ZipFile(ARCHIVE) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture(scope="module")
def expected(earlier: Path) -> dict:
    return json.loads((earlier / "expected.json").read_text(encoding="utf-8"))


@pytest.fixture
def project(earlier: Path, tmp_path: Path) -> Path:
    """A copy, for tests that write."""
    shutil.copytree(earlier, tmp_path / "project")
    return tmp_path / "project"


def told(run: Path) -> dict[str, list[str]]:
    narrator = Narrator.load(run, "last")
    return {
        "greedy": narrator.tell(PROMPT, temperature=0.0),
        "sampled": narrator.tell(PROMPT, 2, temperature=0.9, top_p=0.95, seed=5),
    }


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_run_generates_what_it_generated_then(family: str, earlier: Path, expected: dict) -> None:
    assert told(earlier / "runs" / family) == expected["runs"][family]["told"]


@pytest.mark.parametrize("family", FAMILIES)
def test_prepared_data_is_found_and_nothing_is_made(
    family: str, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the run, which does not say where its data lies, called from another folder."""
    monkeypatch.chdir(tmp_path)
    before = files_in(project)
    run = project / "runs" / family
    by_run = RunData.of(RunIdentity.load(run)).find()
    assert by_run.folder == project / DATA
    assert by_run.floor_bits_per_byte == 0.21088439984552684
    assert files_in(project) == before
    assert [path.name for path in tmp_path.iterdir()] == ["project"]


def test_the_recipe_prepares_the_stories_of_today_beside_those_of_then(project: Path) -> None:
    """Version 2 of StoryWorld tells others; where those of then are gone, a run that needs them says so."""
    run = project / "runs" / "softmax"
    then, now = (
        RunData.of(RunIdentity.load(run)).find(),
        prepare(load_recipe([str(run / "config.yaml")]), project / "data"),
    )
    assert now.folder.parent != then.folder.parent
    assert now.corpus_hash != then.corpus_hash
    assert then.folder.is_dir()
    shutil.rmtree(then.folder.parent)
    with pytest.raises(RunError, match="the corpus has changed") as caught:
        RunData.of(RunIdentity.load(run)).find(data_root=project / "data")
    assert "StoryWorld tells other stories" in str(caught.value.hint)


def test_all_that_needs_the_data_of_a_run_finds_it_from_another_folder(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    run = Path("project/runs/hybrid")
    assert evaluate_run(run).floor is not None
    assert seen_by_run(run, ["There was a cat"]).training_stories == 30
    assert inspect_run(run).layers
    assert "Left out" not in write_run_page(run).read_text(encoding="utf-8")
    assert "tokenized" not in capfd.readouterr().err  # nothing was prepared again
    assert [path.name for path in tmp_path.iterdir()] == ["project"]
    assert [path.name for path in (project / "data").iterdir()] == [Path(DATA).parent.name]


@pytest.fixture
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("family", FAMILIES[1:])
def test_a_run_goes_on_to_what_it_came_to_then(
    family: str, project: Path, expected: dict, monkeypatch: pytest.MonkeyPatch, one_thread: None
) -> None:
    """To the same bits on a machine like that of then. On others the last bits of sums differ, and grow: there the curve has to be
    the same but for a thousandth."""
    monkeypatch.chdir(project)
    run, then = Path("runs") / family, expected["runs"][family]
    from_recipe.train(load_recipe([str(run / "config.yaml")]), run, report=lambda text: None)
    curve, tensors = curve_of(run), load_model_tensors(newest_checkpoint(run / "checkpoints"))
    if machine() == expected["machine"]:
        assert curve == then["curve"]
        assert hash_of(tensors) == then["weights"]
    else:
        assert [sorted(record) for record in curve] == [sorted(record) for record in then["curve"]]
        for now, before in zip(curve, then["curve"], strict=True):
            assert now == pytest.approx(before, rel=1e-3)


def curve_of(run: Path) -> list[dict]:
    lines = map(json.loads, (run / "metrics.jsonl").read_text(encoding="utf-8").splitlines())
    clock = WALL_CLOCK | {"crc"}  # and what vouches for a line
    return [{key: value for key, value in line.items() if key not in clock} for line in lines]


def hash_of(tensors: dict[str, torch.Tensor]) -> str:
    digest = hashlib.sha256()
    for name, tensor in sorted(tensors.items()):
        digest.update(name.encode() + tensor.contiguous().reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


@pytest.mark.parametrize("source", ["exports/known", "exports/softmax.gguf", "exports/mamba.gguf"])
def test_an_export_is_imported_and_generates_what_it_generated_then(
    source: str, earlier: Path, expected: dict, tmp_path: Path
) -> None:
    pytest.importorskip("gguf" if source.endswith(".gguf") else "transformers", reason="make setup")
    import_model(str(earlier / source), run=tmp_path / "imported")
    assert told(tmp_path / "imported") == expected["exports"][source]["told"]


@pytest.mark.parametrize("folder", ["exports/known", "exports/own"])
def test_an_exported_folder_opens_in_transformers(
    folder: str, earlier: Path, expected: dict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As its card says, with the code that it carries where the class is ours."""
    monkeypatch.setenv("HF_MODULES_CACHE", str(tmp_path))
    transformers = pytest.importorskip("transformers", reason="make setup")
    tokenizer = Tokenizer.load(earlier / "runs/softmax/tokenizer.json")
    ids = torch.tensor([[tokenizer.end_of_text, *tokenizer.encode(PROMPT)]])
    model = transformers.AutoModelForCausalLM.from_pretrained(str(earlier / folder), trust_remote_code=True).eval()
    tokens = model.generate(ids, do_sample=False, max_new_tokens=NEW_TOKENS)[0].tolist()
    assert tokens == expected["exports"][folder]["tokens"]
