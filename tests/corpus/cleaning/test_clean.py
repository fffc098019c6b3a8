"""A whole cleaning: counts that add up, the same files for any number of workers, nothing half-written."""

import errno
import json
import multiprocessing
import os
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pocket_narrator.corpus import DELIMITER, Story, read_stories
from pocket_narrator.corpus.cleaning.clean import Cleaned, clean
from pocket_narrator.corpus.cleaning.judging import judge_story, judged_runs
from pocket_narrator.corpus.split import make_split
from pocket_narrator.errors import CorpusError
from pocket_narrator.files.hashed_file import HashedFile
from pocket_narrator.recipe.schema import CleaningConfig
from pocket_narrator.storyworld import make_story

TOLD = [make_story(index, 7).text for index in range(120)]


def stories(texts) -> list[Story]:
    return [Story(text, f"here#{index}") for index, text in enumerate(texts)]


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def kept(folder: Path, name: str = "clean.txt") -> list[str]:
    return [story.text for story in read_stories(folder / name)]


MUTATIONS = {
    "none": lambda text: text,
    "cut": lambda text: text[: len(text) // 2],
    "short": lambda text: text[:20],
    "empty": lambda text: "",
    "twice": lambda text: text + "\n" + text,
    "quotes": lambda text: text.replace('"', "\u201d"),
    "damage": lambda text: text.replace("'", "\u00e2\u20ac\u2122"),
    "nul": lambda text: text.replace("a", "a\0", 3),
    "chinese": lambda text: text + " \u5973\u5b69.",
    "surrogate": lambda text: text + "\ud83d",
    "delimiter": lambda text: text + DELIMITER + text,
    "caps": lambda text: text.upper(),
    "blanks": lambda text: text.replace(" ", " \t\u00a0"),
    "one word": lambda text: text.replace(" the ", " a ", 1),
    "gibberish": lambda text: text.replace("e", "zq"),
    "long": lambda text: text * 40,
    "carriage": lambda text: text.replace(". ", ".\r\n"),
}

MUTATED = st.lists(st.tuples(st.integers(0, 11), st.sampled_from(sorted(MUTATIONS)), st.text(max_size=3)), max_size=20)
SETTINGS = st.builds(
    CleaningConfig,
    rules=st.sampled_from(["standard", "strict"]),
    skip=st.lists(
        st.sampled_from(["truncated", "odd_characters", "duplicate", "near_duplicate", "other_language"])
    ).map(tuple),
    books=st.booleans(),
    min_letters=st.sampled_from([0, 100]),
    max_characters=st.sampled_from([3_000, 200_000]),
    near_duplicate_similarity=st.sampled_from([0.6, 0.8, 1.0]),
)


def check_that_counts_add_up(folder: Path, mutated, held_out, how: CleaningConfig) -> None:
    texts = [MUTATIONS[name](TOLD[index]) + added for index, name, added in mutated]
    validation = stories(texts[:held_out]) if held_out else None
    train = stories(texts[held_out:])
    try:
        clean(train, folder, how, validation=validation)
    except CorpusError as error:
        refused = str(error)
        assert "keeps none" in refused or "no story to clean" in refused
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    for part, given_stories, good, bad in (
        ("train", train, "clean.txt", "rejected.txt"),
        ("validation", validation, "validation.txt", "validation-rejected.txt"),
    ):
        if given_stories is None:
            continue
        summary = manifest[part]
        counts, characters = summary["stories"], summary["characters"]
        assert counts["read"] == counts["kept"] + counts["rejected"] == len(given_stories)
        assert (
            characters["read"] == characters["kept"] + characters["rejected"] == sum(len(s.text) for s in given_stories)
        )
        written = [block for block in (folder / good).read_text(encoding="utf-8").split(f"\n{DELIMITER}\n") if block]
        assert len(written) == counts["kept"] == manifest["files"][good]["stories"]
        assert sum(map(len, written)) == characters["written"]
        refused = (folder / bad).read_text(encoding="utf-8").split(f"\n{DELIMITER}\n")[:-1]
        assert len(refused) == counts["rejected"] == manifest["files"][bad]["stories"]
        assert all(
            head.startswith("### STORY ") and "reasons: " in head for head in (b.split("\n")[0] for b in refused)
        )
        assert sum(about["stories_with_no_other_reason"] for about in summary["reasons"].values()) <= counts["rejected"]
        assert sum(about["stories"] for about in summary["reasons"].values()) >= counts["rejected"]
    for name, about in manifest["files"].items():
        raw = (folder / name).read_bytes()
        assert (len(raw), sha256(raw).hexdigest()) == (about["bytes"], about["sha256"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutated=MUTATED, held_out=st.integers(0, 4), how=SETTINGS)
def test_counts_add_up(tmp_path_factory, mutated, held_out, how):
    check_that_counts_add_up(tmp_path_factory.mktemp("out"), mutated, held_out, how)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutated=MUTATED, held_out=st.integers(0, 4), how=SETTINGS)
def test_counts_add_up_for_a_thousand_corpora(tmp_path_factory, mutated, held_out, how):
    check_that_counts_add_up(tmp_path_factory.mktemp("out"), mutated, held_out, how)


def mixed() -> list[Story]:
    """Good stories, copies, near copies and bad ones, over several runs."""
    names = sorted(MUTATIONS)
    texts = [MUTATIONS[names[i % len(names)]](TOLD[i * 7 % 120]) for i in range(200)]
    return stories([text if len(text) < 30_000 else text[:30_000] for text in texts])


@pytest.mark.parametrize("rules", ["standard", "strict"])
def test_the_same_files_for_any_number_of_workers(tmp_path, rules, monkeypatch):
    monkeypatch.setattr("pocket_narrator.corpus.cleaning.judging.RUN_STORIES", 17)
    how = CleaningConfig(rules=rules)
    clean(mixed(), tmp_path / "one", how, validation=stories(TOLD[:9]), workers=1)
    clean(mixed(), tmp_path / "two", how, validation=stories(TOLD[:9]), workers=2)
    monkeypatch.undo()
    clean(mixed(), tmp_path / "whole", how, validation=stories(TOLD[:9]), workers=1)
    assert files(tmp_path / "one") == files(tmp_path / "two") == files(tmp_path / "whole")


def test_training_makes_room_for_validation(tmp_path):
    near = TOLD[1].replace(" the ", " that ", 1)
    done = clean(stories([TOLD[0], near, TOLD[2], TOLD[2]]), tmp_path, CleaningConfig(), validation=stories(TOLD[:2]))
    assert kept(tmp_path, "validation.txt") == TOLD[:2]
    assert kept(tmp_path) == [TOLD[2]]
    assert {rule: about["stories"] for rule, about in done.manifest["train"]["reasons"].items()} == {
        "in_validation": 2,
        "duplicate": 1,
    }


def test_stories_are_written_as_they_were_mended(tmp_path):
    clean(stories([TOLD[0].replace('"', "\u201d"), *TOLD[1:9]]), tmp_path, CleaningConfig())
    assert kept(tmp_path) == [judge_story(text, CleaningConfig()).text for text in TOLD[:9]]
    assert "\n" in kept(tmp_path)[0]  # paragraphs stay


def test_subsets_are_nested_and_those_of_a_recipe(tmp_path):
    clean(stories(TOLD), tmp_path, CleaningConfig(seed=5))
    whole = kept(tmp_path)
    before = set(whole)
    for name, fraction in (("half", 0.5), ("quarter", 0.25), ("eighth", 0.125)):
        subset = kept(tmp_path, f"{name}.txt")
        split = make_split(stories(whole), validation_fraction=0, fraction=fraction, seed=5, where="here")
        assert subset == [story for story in whole if split.is_training(story)]
        assert len(subset) == round(len(whole) * fraction)
        assert set(subset) < before
        before = set(subset)


def test_too_few_stories_for_a_subset(tmp_path):
    clean(stories(TOLD), tmp_path, CleaningConfig())
    clean(stories(TOLD[:3]), tmp_path, CleaningConfig())
    assert set(files(tmp_path)) == {"clean.txt", "rejected.txt", "half.txt", "manifest.json"}  # older ones are gone


def test_nothing_kept_says_why(tmp_path):
    with pytest.raises(CorpusError, match=r"keeps none of 2 stories: too_few_letters 2, truncated 1"):
        clean(stories(["Tom", "Mia ran."]), tmp_path, CleaningConfig())
    assert len(kept(tmp_path, "rejected.txt")) == 2
    with pytest.raises(CorpusError, match="no story"):
        clean([], tmp_path, CleaningConfig())


def test_what_is_there_is_taken_if_it_is_whole(tmp_path):
    assert Cleaned.open(tmp_path, CleaningConfig()) is None
    done = clean(stories(TOLD[:9]), tmp_path, CleaningConfig())
    found = Cleaned.open(tmp_path, CleaningConfig())
    assert found is not None
    assert found.manifest == done.manifest
    assert Cleaned.open(tmp_path, CleaningConfig(seed=1)) is None
    with open(tmp_path / "clean.txt", "ab") as stream:
        stream.write(b"more")
    assert Cleaned.open(tmp_path, CleaningConfig()) is None
    (tmp_path / "manifest.json").write_text("[]", encoding="utf-8")
    assert Cleaned.open(tmp_path, CleaningConfig()) is None


@pytest.mark.parametrize("fatal", range(12))
def test_a_failing_disk_leaves_the_old_files(tmp_path, fatal, monkeypatch):
    """The nth write or rename fails: either all old files are there, or no manifest and so no result."""
    clean(stories(TOLD[:9]), tmp_path, CleaningConfig())
    before = files(tmp_path)
    calls = iter(range(1_000))
    real_write, real_replace = HashedFile.write, os.replace

    def may_fail(real):
        def call(*arguments):
            if next(calls) == fatal:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return real(*arguments)

        return call

    monkeypatch.setattr(HashedFile, "write", may_fail(real_write))
    monkeypatch.setattr(os, "replace", may_fail(real_replace))
    with pytest.raises(CorpusError, match="No space left") as caught:
        clean(stories(TOLD), tmp_path, CleaningConfig())
    assert caught.value.hint
    after = files(tmp_path)
    assert after == before or "manifest.json" not in after
    assert not [name for name in after if name.startswith(".")]


def test_what_a_killed_cleaning_left_is_removed(tmp_path):
    (tmp_path / ".cleaning.tmp-1-dead").mkdir()
    (tmp_path / ".cleaning.tmp-1-dead" / "clean.txt").write_text("half", encoding="utf-8")
    clean(stories(TOLD[:3]), tmp_path, CleaningConfig())
    assert not [name for name in files(tmp_path) if name.startswith(".")]


@pytest.mark.slow
def test_a_killed_worker_loses_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr("pocket_narrator.corpus.cleaning.judging.RUN_STORIES", 10)
    killed = []

    def judging(given, how):
        for run in judged_runs(given, how, 2):
            if not killed:
                for child in multiprocessing.active_children():
                    child.kill()
                    killed.append(child)
            yield run

    clean(mixed(), tmp_path / "killed", CleaningConfig(), judging=judging)
    clean(mixed(), tmp_path / "calm", CleaningConfig(), workers=1)
    assert killed
    assert files(tmp_path / "killed") == files(tmp_path / "calm")
