"""The same bytes from a Ray cluster of two workers as from this process; a worker that is killed loses nothing."""

import json
import os
import signal
from functools import partial
from pathlib import Path

import pytest

from pocket_narrator.corpus import Story, write_stories
from pocket_narrator.corpus.cleaning.clean import clean
from pocket_narrator.corpus.cleaning.cluster_judging import judged_from_bytes, judged_on_cluster, judged_to_bytes
from pocket_narrator.corpus.cleaning.judging import judge_run
from pocket_narrator.corpus.cluster import map_on_cluster
from pocket_narrator.errors import CorpusError, NarratorError
from pocket_narrator.recipe.schema import CleaningConfig, Recipe
from pocket_narrator.storyworld import make_story
from pocket_narrator.tokens import prepare

TOLD = [make_story(index, 7).text for index in range(300)]
MIXED = [
    *TOLD,
    TOLD[3],
    "Tom ran",
    TOLD[5].replace(" the ", " that ", 1),
    TOLD[6] + "\ud83d",
    TOLD[7].replace("'", "\u2019"),
]


@pytest.mark.parametrize(
    "settings",
    [CleaningConfig(), CleaningConfig(rules="strict"), CleaningConfig(books=True), CleaningConfig(min_letters=10**6)],
)
def test_verdicts_come_back_as_they_were_sent(settings):
    judged = judge_run(MIXED[-20:], settings)
    back = judged_from_bytes(judged_to_bytes(judged))
    assert (back.verdicts, back.printed, back.shuffle) == (judged.verdicts, judged.printed, judged.shuffle)
    for name in ("exact", "signatures", "keys"):
        sent, came = getattr(judged.prints, name), getattr(back.prints, name)
        assert came.shape == sent.shape
        assert came.dtype == sent.dtype
        assert (came == sent).all()


@pytest.fixture(scope="module")
def cluster():
    ray = pytest.importorskip("ray", reason='pip install "ray[data]"')
    root = str(Path(__file__).parents[2])
    paths = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, runtime_env={"env_vars": {"PYTHONPATH": paths}})
    yield ray
    ray.shutdown()


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.slow
@pytest.mark.parametrize("rules", ["standard", "strict"])
def test_the_same_files_as_on_one_machine(cluster, tmp_path, monkeypatch, rules):
    monkeypatch.setattr("pocket_narrator.corpus.cleaning.judging.RUN_STORIES", 17)
    stories = [Story(text, f"here#{index}") for index, text in enumerate(MIXED)]
    for name, judging in (("here", None), ("there", judged_on_cluster)):
        clean(stories, tmp_path / name, CleaningConfig(rules=rules), validation=stories[:9], judging=judging)
    assert files(tmp_path / "there") == files(tmp_path / "here")


@pytest.mark.slow
def test_a_recipe_is_prepared_alike(cluster, tmp_path):
    write_stories(tmp_path / "raw.txt", MIXED[:-2])
    section = {"kind": "files", "train": str(tmp_path / "raw.txt"), "validation_fraction": 0.1, "cleaning": {}}
    recipe = Recipe.model_validate(
        {"name": "test", "corpus": section, "tokenizer": {"vocabulary_size": 400}, "training": {"steps": 1}}
    )
    here = prepare(recipe, tmp_path / "here")
    there = prepare(recipe, tmp_path / "there", cluster=True)
    assert here.corpus_hash == there.corpus_hash
    assert files(tmp_path / "there") == files(tmp_path / "here")


def _kill_once(folder: str, payload: bytes) -> bytes:
    """Kills its own process the first time that it sees the fifth payload."""
    number = json.loads(payload)
    trace = Path(folder) / "killed"
    if number == 5 and not trace.exists():
        trace.write_text("once", encoding="utf-8")
        os.kill(os.getpid(), signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
    return json.dumps(number * number).encode()


@pytest.mark.slow
def test_a_killed_worker_loses_nothing(cluster, tmp_path):
    payloads = (json.dumps(number).encode() for number in range(50))
    squares = [json.loads(result) for result in map_on_cluster(partial(_kill_once, str(tmp_path)), payloads)]
    assert squares == [number * number for number in range(50)]
    assert (tmp_path / "killed").exists()


def _refuse(payload: bytes) -> bytes:
    raise CorpusError("no", where=payload.decode(), hint="yes")


@pytest.mark.slow
def test_an_error_of_ours_comes_out_as_it_is(cluster):
    with pytest.raises(NarratorError, match="no") as caught:
        list(map_on_cluster(_refuse, [b"here"]))
    assert (caught.value.where, caught.value.hint) == ("here", "yes")
