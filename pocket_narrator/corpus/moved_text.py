"""The text of a recipe that lies elsewhere now: the same files under another path, on this machine or another."""

import glob
from pathlib import Path, PurePosixPath

from pocket_narrator.errors import CorpusError
from pocket_narrator.recipe import schema


def with_text_at(corpus: schema.CorpusConfig, place: Path) -> schema.CorpusConfig:
    """The corpus with its files at `place`: the one file itself, or a folder that holds all of them by their names, in
    subfolders as before or without. Files of the hub are taken as files.

    CorpusError where a file is not found there, or where the text never lay in files.
    """
    if not place.exists() and not glob.has_magic(str(place)):
        raise CorpusError(
            "there is no such file or folder", where=str(place), hint="--data PATH: where the text lies now"
        )
    if isinstance(corpus, schema.StoryworldCorpusConfig | schema.OwnCorpusConfig):
        raise CorpusError(
            "the text of this run is made by code, not read from files, and nothing prepared from it is here",
            where=str(place),
            hint="leave --data out, or give the folder that narrator prepare has printed",
        )
    if not isinstance(corpus, schema.MixtureCorpusConfig):
        return _moved(corpus, place, is_alone=True)
    of_files = [name for name, source in corpus.sources.items() if isinstance(source.corpus, schema.TextCorpusConfig)]
    sources = dict(corpus.sources)
    for name in of_files:
        section = sources[name].corpus
        assert isinstance(section, schema.FilesCorpusConfig | schema.HubCorpusConfig)
        sources[name] = sources[name].model_copy(update={"corpus": _moved(section, place, len(of_files) == 1)})
    return corpus.model_copy(update={"sources": sources})


def _moved(
    corpus: schema.FilesCorpusConfig | schema.HubCorpusConfig, place: Path, is_alone: bool
) -> schema.FilesCorpusConfig:
    """is_alone: no other corpus lies at `place`, which may so be the training text itself, under another name."""
    folder = place if place.is_dir() else place.parent
    train = _find(corpus.train, folder) if place.is_dir() or not is_alone else place
    if train is None and is_alone and not Path(corpus.train).suffix:
        train = place  # a folder for a folder
    validation = None if corpus.validation is None else _find(corpus.validation, folder)
    for named, found in ((corpus.train, train), (corpus.validation, validation)):
        if named is not None and found is None:
            raise CorpusError(
                f"{PurePosixPath(named).name}, which the run was trained on, is not here",
                where=str(folder),
                hint="--data PATH: the file of the text, or a folder that holds all of its files by their names",
            )
    keys = corpus.model_dump(exclude={"dataset", "revision"})
    changes = {"kind": "files", "train": str(train), "validation": validation and str(validation)}
    return schema.FilesCorpusConfig.model_validate({**keys, **changes})


def _find(named: str, folder: Path) -> Path | None:
    """What a recipe names, below `folder`: with as many of its own folders as there are."""
    parts = [part for part in named.replace("\\", "/").split("/") if part not in ("", ".", "..") and part[-1] != ":"]
    for first in range(len(parts)):
        path = folder.joinpath(*parts[first:])
        if path.exists() or (glob.has_magic(str(path)) and glob.glob(str(path), recursive=True)):
            return path
    return None
