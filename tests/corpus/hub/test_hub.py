"""Datasets of the hub through `narrator prepare`, against a server that speaks the hub's protocol and fails like a network."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pytest

from pocket_narrator.corpus.names import corpus_names
from pocket_narrator.recipe.schema import HubCorpusConfig
from tests.corpus.hub.loopback_hub import COMMIT, DATASET, Hub, serve
from tests.narrator_process import NarratorProcess

pytest.importorskip("huggingface_hub")

ROOT = Path(__file__).parents[3]
TRAIN = "".join(f"Tom saw {count} cats and a dog.\n<|endoftext|>\n" for count in range(20_000)).encode()
VALID = "".join(f"Mia saw {count} birds.\n<|endoftext|>\n" for count in range(50)).encode()
RECIPE = f"""name: test
corpus: {{kind: hub, dataset: {DATASET}, train: Stories-train.txt, validation: Stories-valid.txt}}
tokenizer: {{vocabulary_size: 260}}
training: {{steps: 1}}
"""


@pytest.fixture
def hub() -> Iterator[Hub]:
    files = {"Stories-train.txt": TRAIN, "Stories-valid.txt": VALID, "README.md": b"# Stories"}
    with serve(Hub(files)) as hub:
        yield hub


class Done(NamedTuple):
    """How a call ended; a traceback would have ended the process."""

    code: int
    stdout: str
    stderr: str


@dataclass
class Place:
    """A working folder with a recipe, and a cache of its own."""

    folder: Path
    hub: Hub

    def prepare(self, *arguments: str, file_limit: int | None = None, **environment: str) -> Done:
        return self.prepare_all([arguments], file_limit, **environment)[0]

    def prepare_all(
        self,
        calls: Sequence[Sequence[str]],
        file_limit: int | None = None,
        stdin: int = subprocess.DEVNULL,
        **environment: str,
    ) -> list[Done]:
        """Several calls of the command, one after the other in one process, which saves its start."""
        given = {
            "PYTHONPATH": str(ROOT),
            "HF_HOME": str(self.folder / "cache"),
            "HF_ENDPOINT": self.hub.endpoint,
            "HF_HUB_OFFLINE": "0",
            "NO_PROXY": "127.0.0.1",
            **environment,
        }
        done = subprocess.run(
            [sys.executable, "-c", CALLS, json.dumps([calls, file_limit])],
            cwd=self.folder,
            env=os.environ | given,
            capture_output=True,
            text=True,
            encoding="utf-8",
            stdin=stdin,
            timeout=100,
        )
        assert done.returncode == 0, done.stderr
        return [Done(*one) for one in json.loads(done.stdout)]

    def parts(self) -> list[Path]:
        return list((self.folder / "cache").rglob("*.narrator-part"))

    def refused(self, done: Done) -> str:
        """The one message of a call that made nothing."""
        assert done.code == 2, done.stderr
        assert done.stderr.count("error: ") == 1
        assert not (self.folder / "data").exists()
        return done.stderr[done.stderr.index("error: ") :]


CALLS = """
import contextlib, io, json, sys
from pocket_narrator.cli.main import main
calls, file_limit = json.loads(sys.argv[1])
if file_limit is not None:
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, file_limit))
done = []
for arguments in calls:
    stdout, stderr, code = io.StringIO(), io.StringIO(), 0
    sys.argv = ["narrator", "prepare", "recipe.yaml", *arguments]
    with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
    done.append((code, stdout.getvalue(), stderr.getvalue()))
json.dump(done, sys.stdout)
"""


@pytest.fixture
def place(tmp_path: Path, hub: Hub) -> Place:
    (tmp_path / "recipe.yaml").write_text(RECIPE, encoding="utf-8")
    return Place(tmp_path, hub)


def test_downloads_once_and_then_needs_no_network(place: Place) -> None:
    done, again = place.prepare_all([["--yes"], []])
    assert done.code == 0, done.stderr
    assert again.code == 0, again.stderr
    assert "20,000 stories" in done.stdout
    assert [name for name, _ in place.hub.gets] == ["Stories-train.txt", "Stories-valid.txt"]
    assert place.parts() == []
    cached = place.folder / f"cache/hub/datasets--owner--stories/snapshots/{COMMIT}/Stories-train.txt"
    assert cached.read_bytes() == TRAIN
    place.hub.failing = True
    # What other recipes make of the same files needs no network either, nor being asked.
    other = place.prepare("corpus.fraction=0.5", HF_HUB_OFFLINE="1")
    assert other.code == 0, other.stderr
    assert "10,000 stories" in other.stdout
    without_the_flag = place.prepare("corpus.fraction=0.25")
    assert without_the_flag.code == 0, without_the_flag.stderr
    assert len(place.hub.gets) == 2
    # The commit was kept at first, and not by a call that did not see the hub.
    records = {path: json.loads(path.read_text(encoding="utf-8")) for path in (place.folder / "data").rglob("hub.json")}
    assert [(record["commit"], len(record["train"])) for record in records.values()] == [(COMMIT, 1)]


def test_asks_first_and_says_how_much(place: Place) -> None:
    error = place.refused(place.prepare())
    assert "Stories-train.txt and 1 more file of owner/stories (0.9 MB) would have to be downloaded" in error
    assert str(place.folder / "cache") in error
    assert "--yes" in error
    assert place.hub.gets == []


@pytest.mark.skipif(os.name == "nt", reason="terminals of Unix")
@pytest.mark.parametrize(("answer", "code"), [(b"y\n", 0), (b"n\n", 2)])
def test_on_a_terminal_the_answer_counts(place: Place, answer: bytes, code: int) -> None:
    keyboard, terminal = os.openpty()
    os.write(keyboard, answer)
    (done,) = place.prepare_all([[]], stdin=terminal)
    os.close(keyboard)
    os.close(terminal)
    assert done.code == code, done.stderr
    assert "0.9 MB) would be downloaded from the Hugging Face hub to" in done.stderr
    assert "Go on? [y/N]" in done.stderr
    assert bool(place.hub.gets) == (code == 0)


def test_goes_on_where_the_connection_broke_within_a_call(place: Place) -> None:
    from huggingface_hub.constants import DOWNLOAD_CHUNK_SIZE  # written at a time, so lost at most

    stories = (f"{number} {'cats and dogs ' * 700}\n<|endoftext|>\n" for number in range(DOWNLOAD_CHUNK_SIZE // 9_000))
    raw = "".join(stories).encode()
    assert len(raw) > DOWNLOAD_CHUNK_SIZE + 300_000
    place.hub.files["Stories-train.txt"] = raw
    place.hub.cut_after["Stories-train.txt"] = [DOWNLOAD_CHUNK_SIZE + 300_000]
    done = place.prepare("--yes", "corpus.fraction=0.01")
    assert done.code == 0, done.stderr
    asked = [wanted for name, wanted in place.hub.gets if name == "Stories-train.txt"]
    assert asked == [None, f"bytes={DOWNLOAD_CHUNK_SIZE}-"]
    (blob,) = (place.folder / "cache").rglob(place.hub.etag("Stories-train.txt"))
    assert blob.read_bytes() == raw


def test_goes_on_where_another_process_stopped(place: Place) -> None:
    blob = place.folder / "cache/hub/datasets--owner--stories/blobs" / place.hub.etag("Stories-train.txt")
    blob.parent.mkdir(parents=True)
    blob.with_name(f"{blob.name}.narrator-part").write_bytes(TRAIN[:500_000])
    unasked, done = place.prepare_all([[], ["--yes"]])
    assert "0.4 MB of it are still to come" in unasked.stderr
    assert done.code == 0, done.stderr
    assert place.hub.gets[0] == ("Stories-train.txt", "bytes=500000-")
    assert blob.read_bytes() == TRAIN


def test_a_file_that_another_process_downloads_is_waited_for(place: Place) -> None:
    from filelock import FileLock

    name = f"{place.hub.etag('Stories-train.txt')}.narrator-part.lock"
    lock = place.folder / "cache/hub/.locks/datasets--owner--stories" / name
    lock.parent.mkdir(parents=True)
    environment = {"HF_HOME": str(place.folder / "cache"), "HF_ENDPOINT": place.hub.endpoint, "NO_PROXY": "127.0.0.1"}
    with FileLock(str(lock)):
        process = NarratorProcess("prepare", "recipe.yaml", "--yes", cwd=place.folder, environment=environment)
        line = "waiting for another command that downloads Stories-train.txt\n"
        process.wait_until(lambda: line in process.stderr())
        assert place.hub.gets == []
    assert process.wait().returncode == 0, process.stderr()


@pytest.mark.skipif(os.name == "nt", reason="limits of Unix")
def test_keeps_what_has_arrived_when_the_disk_is_full(place: Place) -> None:
    error = place.refused(place.prepare("--yes", file_limit=400_000))
    assert "the download cannot be written" in error
    assert "HF_HOME" in error
    assert [path.stat().st_size for path in place.parts()] == [400_000]
    assert place.prepare("--yes").code == 0
    assert place.hub.gets[1] == ("Stories-train.txt", "bytes=400000-")


def test_damage_on_the_way_is_found_and_thrown_away(place: Place) -> None:
    place.hub.damaged.add("Stories-train.txt")
    assert "arrived damaged: its SHA-256" in place.refused(place.prepare("--yes"))
    assert place.parts() == []
    place.hub.damaged.clear()
    assert place.prepare("--yes").code == 0


def test_a_wrong_size_is_found_and_thrown_away(place: Place) -> None:
    place.hub.stated_sizes["Stories-valid.txt"] = len(VALID) + 10
    error = place.refused(place.prepare("--yes"))
    assert f"Stories-valid.txt arrived damaged: it has {len(VALID):,} bytes, not {len(VALID) + 10:,}" in error
    assert place.parts() == []


def test_what_is_not_there_is_explained(place: Place) -> None:
    place.hub.lost.add("Stories-valid.txt")
    expected = {
        "corpus.dataset=owner/absent": ["no such dataset", "owner/absent", "corpus.dataset"],
        "corpus.dataset=a/b/c": ["is no name", "owner/name"],
        "corpus.revision=v9": ["no such revision", "v9"],
        "corpus.train=Storys.txt": ["no file of the dataset fits corpus.train=Storys.txt", "Stories-train.txt"],
        "corpus.validation=data/*.csv": ["fits corpus.validation=data/*.csv", "README.md"],
        "corpus.validation=Stories-*": ["both in corpus.train and in corpus.validation"],
        "corpus.seed=1": ["a file of the listing is not there"],
    }
    found = place.prepare_all([["--yes", argument] for argument in expected])
    for words, done in zip(expected.values(), found, strict=True):
        error = place.refused(done)
        assert [word for word in words if word not in error] == [], error


def test_no_network_and_nothing_cached_is_one_message(place: Place) -> None:
    assert "HF_HUB_OFFLINE is set" in place.refused(place.prepare("--yes", HF_HUB_OFFLINE="1"))
    closed = place.refused(place.prepare("--yes", HF_ENDPOINT="http://127.0.0.1:9"))
    assert "the hub cannot be reached" in closed
    assert "corpus.kind=files" in closed


def test_a_pattern_takes_several_files(place: Place) -> None:
    place.hub.files = {f"data/train-{part}.txt": TRAIN[: 30_000 * (part + 1)] for part in range(3)}
    done = place.prepare("--yes", "corpus.train=data/train-*.txt", "corpus.validation=null")
    assert done.code == 0, done.stderr
    assert len(place.hub.gets) == 3


def test_the_folder_of_a_recipe_does_not_depend_on_the_network() -> None:
    corpus = HubCorpusConfig(kind="hub", dataset=DATASET, train="Stories-train.txt")
    assert corpus_names(corpus)[0].startswith("owner-stories-")
    assert not set(corpus_names(corpus)) & set(corpus_names(corpus.model_copy(update={"revision": "v2"})))
