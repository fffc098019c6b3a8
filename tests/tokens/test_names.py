"""Names of prepared data: what was prepared once is found again, whatever keys come to the recipe."""

import hashlib

from pocket_narrator.corpus.sources import corpus_name
from pocket_narrator.recipe import schema
from pocket_narrator.recipe.section import name_key
from pocket_narrator.storyworld import VERSION, make_story


class Newer(schema.FilesCorpus):
    """A section that has got a key more."""

    new_key: int = 3
    cleaning: "NewerCleaning | None" = None


class NewerCleaning(schema.Cleaning):
    another: str = "usual"


def test_the_names_of_earlier_versions_are_kept() -> None:
    assert corpus_name(schema.StoryworldCorpus(kind="storyworld")) == "storyworld-765126388a"
    for section in (
        schema.Tokenizer(),
        schema.FilesCorpus(kind="files", train="a.txt", cleaning=schema.Cleaning(skip=("duplicate",))),
        schema.HubCorpus(kind="hub", dataset="a/b", train="c", rows=schema.Rows(column="d", matches="e")),
        schema.MixtureCorpus(
            kind="mixture", sources={"a": schema.MixtureSource(corpus=schema.StoryworldCorpus(kind="storyworld"))}
        ),
    ):
        assert name_key(section) == section.model_dump(mode="json", exclude={"delimiter"})  # which came later


def test_a_new_key_changes_a_name_only_where_it_is_used() -> None:
    old = schema.FilesCorpus(kind="files", train="a.txt", cleaning=schema.Cleaning())
    assert name_key(Newer(kind="files", train="a.txt", cleaning=NewerCleaning())) == name_key(old)
    assert name_key(Newer(kind="files", train="a.txt", new_key=4))["new_key"] == 4
    cleaning = name_key(Newer(kind="files", train="a.txt", cleaning=NewerCleaning(another="else")))["cleaning"]
    assert cleaning == {**name_key(schema.Cleaning()), "another": "else"}


def test_stories_of_the_embedded_world_change_with_its_version_only() -> None:
    """Where this fails on purpose: raise storyworld's VERSION, and give the new hash here."""
    stories = hashlib.sha256("".join(make_story(index, 7).text for index in range(2_000)).encode()).hexdigest()
    assert {VERSION: stories} == {1: "e118f7ca5e358b4f7c447cab441eabc21fe6ccec55ae9ae1f95d5cd2c1427930"}
