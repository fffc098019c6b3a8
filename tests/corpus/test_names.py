"""The folder of a corpus: the same as long as its stories are, and found under the names of earlier versions."""

from pathlib import Path

import pytest

from pocket_narrator.corpus.names import corpus_folder, corpus_names
from pocket_narrator.recipe import schema
from pocket_narrator.storyworld import version

STORYWORLD = schema.StoryworldCorpusConfig(kind="storyworld")
MIXTURE = schema.MixtureCorpusConfig(kind="mixture", sources={"a": schema.MixtureSourceConfig(corpus=STORYWORLD)})
# What commit dbcbdb2 called it.
EARLIER = {"storyworld": "storyworld-765126388a", "hub": "some-stories-39b166e73f", "mixture": "mixture-60566c29e1"}
CORPORA = {
    "storyworld": STORYWORLD,
    "hub": schema.HubCorpusConfig(kind="hub", dataset="some/stories", train="a.txt", cleaning=schema.CleaningConfig()),
    "mixture": MIXTURE,
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
    new, old = corpus_names(corpus)
    monkeypatch.setattr(version, "VERSION", 2)
    (raised,) = corpus_names(corpus)
    monkeypatch.setattr(version, "SOURCES", "those of another day")
    (changed,) = corpus_names(corpus)
    assert len({new, old, raised, changed}) == 4


def test_a_raised_version_of_a_section_moves_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = CORPORA["hub"]
    before = corpus_names(corpus)
    monkeypatch.setattr(schema.CleaningConfig, "version", 3)
    (after,) = corpus_names(corpus)
    assert after not in before
