"""Which stories a seed gives is known by their version, and by their sources where that was not said."""

import hashlib
import shutil
from pathlib import Path

import pytest

from pocket_narrator.storyworld import make_chronicle, make_story, version
from pocket_narrator.storyworld.version import VERSION, hash_of_sources, version_of_stories


def test_stories_change_with_their_version_only() -> None:
    """Where this fails on purpose: raise VERSION, and give the new hash here."""
    stories = hashlib.sha256("".join(make_story(index, 7).text for index in range(2_000)).encode()).hexdigest()
    assert {VERSION: stories} == {2: "b4ec489c63341520ed4983c6162bc7b2949c40d602ff7be9fc934b19fc1ed74f"}


def test_chronicles_change_with_their_version_only() -> None:
    chronicles = hashlib.sha256("".join(make_chronicle(index, 7, 40).text for index in range(20)).encode()).hexdigest()
    assert {VERSION: chronicles} == {2: "7452ee08dce6fa1c71d3ba636c61872a4945954572b390053f557293346420b8"}


def test_the_sources_are_those_of_the_version() -> None:
    """Where this fails: put the hash into SOURCES if every story is the same still, of any seed; raise VERSION, too, if not."""
    assert hash_of_sources() == version.SOURCES
    assert version_of_stories() == VERSION


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "storyworld"
    shutil.copytree(Path(version.__file__).parent, folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(version, "__file__", str(folder / "version.py"))
    monkeypatch.setattr(version, "hash_of_sources", version.hash_of_sources.__wrapped__)
    return folder


def test_every_changed_word_makes_other_stories(copy: Path) -> None:
    assert version_of_stories() == VERSION
    found = set()
    for path in ("plots/advice.py", "telling/wordings/phrases.py", "lexicon/things.py", "world.py"):
        before = (copy / path).read_bytes()
        (copy / path).write_bytes(before.replace(b"the", b"thy", 1))
        found.add(version_of_stories())
        (copy / path).write_bytes(before)
    (copy / "plots/new.py").write_text("PLOT = 1\n", encoding="utf-8")
    found.add(version_of_stories())
    assert len(found) == 5
    assert all(isinstance(one, str) for one in found)


def test_what_tells_no_story_is_of_no_account(copy: Path) -> None:
    (copy / "corpus.py").write_text("# another\n", encoding="utf-8")
    for path in copy.rglob("*.py"):  # as git checks them out on Windows
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert version_of_stories() == VERSION


def test_without_sources_the_version_says_it(copy: Path) -> None:
    for path in copy.rglob("*.py"):
        path.unlink()
    assert version_of_stories() == VERSION
