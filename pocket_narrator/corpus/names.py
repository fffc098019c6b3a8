"""The folder of a corpus below a data root, named by what its stories are made of.

`<readable>-<hash>`: the hash is of the recipe's section `corpus` and of the state of what it names. Files count by path, size and
time of change; the embedded corpus by its version; a dataset of the hub by its name and revision; a kind that was added by its code, its options, and what it says of itself.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pocket_narrator.corpus.input_files.lists import find_files
from pocket_narrator.corpus.own_source import state_of_own
from pocket_narrator.recipe import schema
from pocket_narrator.recipe.prepared_names import earlier_name_key, name_key


def corpus_names(corpus: schema.CorpusConfig) -> list[str]:
    """The folder's name, and the one that it had in earlier versions if that was of the same stories.

    Raises CorpusError if a file is missing.
    """
    if isinstance(corpus, schema.FilesCorpusConfig):
        name = Path(corpus.train).stem
    else:
        name = corpus.dataset if isinstance(corpus, schema.HubCorpusConfig) else corpus.kind
    readable = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.") or "files"
    now = _state(corpus)
    keys = [[name_key(corpus), now]]
    if (earlier := earlier_name_key(corpus)) is not None and (state := _earlier_state(corpus, now)) is not None:
        keys.append([earlier, state[0]])
    return [f"{readable}-{short_hash(key)}" for key in keys]


def corpus_folder(corpus: schema.CorpusConfig, data_root: Path) -> Path:
    """Where the corpus is kept, or is to be. Raises as `corpus_names` does."""
    return first_there(data_root, corpus_names(corpus))


def first_there(place: Path, names: Sequence[str]) -> Path:
    """The folder in `place` under the first of these names that there is; the first name if there is none."""
    return next((place / name for name in names if (place / name).is_dir()), place / names[0])


def short_hash(key: object) -> str:
    """Ten hexadecimal digits of what survives JSON."""
    return hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:10]


def _state(corpus: schema.CorpusConfig) -> object:
    if isinstance(corpus, schema.StoryworldCorpusConfig):
        from pocket_narrator.corpus.embedded import state_of_embedded

        return state_of_embedded(corpus)
    if isinstance(corpus, schema.OwnCorpusConfig):
        return state_of_own(corpus)
    if isinstance(corpus, schema.MixtureCorpusConfig):
        return {name: _state(section.corpus) for name, section in corpus.sources.items()}
    if isinstance(corpus, schema.HubCorpusConfig):
        return None
    named = {"corpus.train": corpus.train, "corpus.validation": corpus.validation}
    return [_file_state(file) for key, value in named.items() if value is not None for file in find_files(value, key)]


def _earlier_state(corpus: schema.CorpusConfig, now: Any) -> tuple[object] | None:
    """Of a corpus whose state is `now`. In a tuple, as a state may be None; None where the stories are others since, as those of
    the embedded corpus are."""
    if isinstance(corpus, schema.StoryworldCorpusConfig):
        return None
    if isinstance(corpus, schema.MixtureCorpusConfig):
        states = {name: _earlier_state(section.corpus, now[name]) for name, section in corpus.sources.items()}
        return None if None in states.values() else ({name: state[0] for name, state in states.items() if state},)
    return (now,)


def _file_state(path: Path) -> tuple[str, int, int]:
    status = path.stat()
    return str(path.resolve()), status.st_size, status.st_mtime_ns
