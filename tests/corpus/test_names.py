"""The folder of a corpus: the same as long as its stories are, and found under the names of earlier versions."""

from pathlib import Path
from typing import Any

import pytest

from pocket_narrator.corpus.names import corpus_folder, corpus_names
from pocket_narrator.recipe import schema
from pocket_narrator.storyworld import version

STORYWORLD = schema.StoryworldCorpusConfig(kind="storyworld")
MIXTURE = schema.MixtureCorpusConfig(kind="mixture", sources={"a": schema.MixtureSourceConfig(corpus=STORYWORLD)})
# What commit dbcbdb2 called it.
EARLIER = {"hub": "some-stories-39b166e73f"}
CORPORA = {
    "hub": schema.HubCorpusConfig(kind="hub", dataset="some/stories", train="a.txt", cleaning=schema.CleaningConfig()),
}


@pytest.mark.parametrize("kind", CORPORA)
def test_the_name_of_an_earlier_version_is_found_where_there_is_no_new_one(kind: str, tmp_path: Path) -> None:
    new, old = corpus_names(CORPORA[kind])
    assert old == EARLIER[kind]
    assert corpus_folder(CORPORA[kind], tmp_path) == tmp_path / new
    (tmp_path / old).mkdir()
    assert corpus_folder(CORPORA[kind], tmp_path) == tmp_path / old
    (tmp_path / new).mkdir()
    assert corpus_folder(CORPORA[kind], tmp_path) == tmp_path / new


def test_files_count_by_their_state(tmp_path: Path) -> None:
    path = tmp_path / "mine.txt"
    path.write_text("A story.\n<|endoftext|>\n", encoding="utf-8")
    corpus = schema.FilesCorpusConfig(kind="files", train=str(path))
    new, old = corpus_names(corpus)
    assert new.startswith("mine-")
    assert new != old
    assert corpus_names(schema.FilesCorpusConfig(kind="files", train=str(path), seed=42)) == [new, old]
    path.write_text("Another.\n<|endoftext|>\n", encoding="utf-8")
    assert not {new, old} & set(corpus_names(corpus))


@pytest.mark.parametrize("corpus", [STORYWORLD, MIXTURE], ids=lambda corpus: corpus.kind)
def test_other_stories_of_the_embedded_world_have_another_name_and_no_earlier_one(
    corpus: schema.CorpusConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The version of then had names that are not looked for: `storyworld-765126388a`, `mixture-60566c29e1`."""
    monkeypatch.setattr(version, "SOURCES", version.hash_of_sources())
    (now,) = corpus_names(corpus)
    monkeypatch.setattr(version, "VERSION", version.VERSION + 1)
    (raised,) = corpus_names(corpus)
    monkeypatch.setattr(version, "SOURCES", "those of another day")
    (changed,) = corpus_names(corpus)
    assert len({now, raised, changed, "storyworld-765126388a", "mixture-60566c29e1"}) == 5


def test_dials_at_their_defaults_do_not_move_the_name() -> None:
    def named(**world: Any) -> str:
        return corpus_names(schema.StoryworldCorpusConfig(kind="storyworld", world=schema.WorldConfig(**world)))[0]

    assert named() == named(decoration=1.0, dependency=0) == corpus_names(STORYWORLD)[0]
    assert len({named(), named(decoration=0.5), named(lexicon=0.5), named(dependency=1)}) == 4


def test_a_raised_version_of_a_section_moves_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = CORPORA["hub"]
    before = corpus_names(corpus)
    monkeypatch.setattr(schema.CleaningConfig, "version", 3)
    (after,) = corpus_names(corpus)
    assert after not in before
