"""The files of a dataset on the Hugging Face hub that a recipe takes; nothing is downloaded that was not agreed to.

`huggingface_hub` gives the protocol and the cache, so that `HF_ENDPOINT`, `HF_HOME`, `HF_TOKEN` and `HF_HUB_OFFLINE` hold.
"""

import fnmatch
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pocket_narrator.corpus.hub.errors import clear_messages, is_of_the_network
from pocket_narrator.corpus.hub.transfer import HubFile, cache_folder, download_file, repository_folder
from pocket_narrator.corpus.input_files.lists import refuse_overlap
from pocket_narrator.errors import CorpusError, MissingExtraError
from pocket_narrator.files.atomic import write_text
from pocket_narrator.files.json_file import read_json_object, write_json_object
from pocket_narrator.progress import progress
from pocket_narrator.recipe.schema import HubCorpusConfig

Consent = Callable[[str], bool]  # is told what would be downloaded, and answers whether to


@dataclass(frozen=True)
class Listing:
    """The files that a recipe takes, at one commit. Kept beside what is made of them, so that they stay the same."""

    dataset: str
    commit: str
    train: tuple[HubFile, ...]
    validation: tuple[HubFile, ...]


def refuse(what: str) -> bool:
    """The consent of nobody."""
    return False


def hub_files(corpus: HubCorpusConfig, record: Path, consent: Consent) -> tuple[list[Path], list[Path]]:
    """The training and validation files of a recipe on this machine, downloaded first if they are not here yet.

    `record` is where the listing is kept; later calls go by it. Raises CorpusError, with what to do, where the dataset or
    a file is not there, `consent` is not given, the network or the disk fails, or a file arrives damaged.
    """
    try:
        import huggingface_hub  # noqa: F401
    except ImportError:
        raise MissingExtraError("huggingface-hub", "data") from None
    with clear_messages(corpus):
        listing = _recorded(record, corpus) or _listed(corpus)
        files = dict.fromkeys([*listing.train, *listing.validation])
        missing = [file for file in files if _cached(listing, file) is None]
        if missing:
            _download(listing, missing, consent)
        if not record.is_file() and all(file.etag for file in files):
            write_json_object(record, asdict(listing))
        return _paths(listing, listing.train), _paths(listing, listing.validation)


def _recorded(record: Path, corpus: HubCorpusConfig) -> Listing | None:
    try:
        raw = read_json_object(record)
        train, validation = (tuple(HubFile(**file) for file in raw[part]) for part in ("train", "validation"))
        listing = Listing(raw["dataset"], raw["commit"], train, validation)
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None
    return listing if listing.dataset == corpus.dataset else None


def _listed(corpus: HubCorpusConfig) -> Listing:
    """What the hub has now, or, where it cannot be reached, what its cache on this machine has."""
    try:
        commit, files = _listed_by_the_hub(corpus)
    except Exception as error:
        if not is_of_the_network(error):
            raise
        commit, files = _listed_by_the_cache(corpus, error)
    files.sort(key=lambda file: file.name)
    train = _fitting(files, corpus.train, "corpus.train", corpus)
    validation = [] if corpus.validation is None else _fitting(files, corpus.validation, "corpus.validation", corpus)
    refuse_overlap(*({file.name for file in part} for part in (train, validation)))
    return Listing(corpus.dataset, commit, tuple(train), tuple(validation))


def _listed_by_the_hub(corpus: HubCorpusConfig) -> tuple[str, list[HubFile]]:
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import RepoFile

    api = HfApi(library_name="pocket-narrator")
    commit = api.dataset_info(corpus.dataset, revision=corpus.revision).sha
    assert commit is not None
    files = [
        HubFile(entry.path, entry.size, entry.lfs.sha256 if entry.lfs else entry.blob_id)
        for entry in api.list_repo_tree(corpus.dataset, repo_type="dataset", revision=commit, recursive=True)
        if isinstance(entry, RepoFile)
    ]
    if corpus.revision != commit:  # as the hub's own code does, so that the cache is found again without network
        write_text(repository_folder(corpus.dataset) / "refs" / corpus.revision, commit)
    return commit, files


def _listed_by_the_cache(corpus: HubCorpusConfig, reason: Exception) -> tuple[str, list[HubFile]]:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    patterns = [pattern for pattern in (corpus.train, corpus.validation) if pattern is not None]
    try:
        snapshot = snapshot_download(
            corpus.dataset,
            repo_type="dataset",
            revision=corpus.revision,
            allow_patterns=patterns,
            local_files_only=True,
        )
    except LocalEntryNotFoundError:
        raise reason from None
    folder = Path(snapshot)
    # Without ETags, which the hub alone knows: such a listing is used, and not kept.
    files = [path for path in folder.rglob("*") if path.is_file()]
    return folder.name, [HubFile(path.relative_to(folder).as_posix(), path.stat().st_size, "") for path in files]


def _fitting(files: Sequence[HubFile], pattern: str, key: str, corpus: HubCorpusConfig) -> list[HubFile]:
    found = [file for file in files if fnmatch.fnmatchcase(file.name, pattern)]
    if not found:
        names = [file.name for file in files]
        more = f" and {len(names) - 20} more" if len(names) > 20 else ""
        raise CorpusError(
            f"no file of the dataset fits {key}={pattern}",
            where=f"{corpus.dataset}, revision {corpus.revision}",
            found=f"it has {', '.join(names[:20])}{more}" if names else "it has no files",
        )
    return found


def _paths(listing: Listing, files: Sequence[HubFile]) -> list[Path]:
    paths = [_cached(listing, file) for file in files]
    found = [path for path in paths if path is not None]
    assert len(found) == len(files), "everything has been downloaded"
    return found


def _cached(listing: Listing, file: HubFile) -> Path | None:
    from huggingface_hub import try_to_load_from_cache

    path = try_to_load_from_cache(listing.dataset, file.name, revision=listing.commit, repo_type="dataset")
    return Path(path) if isinstance(path, str) else None


def _download(listing: Listing, missing: Sequence[HubFile], consent: Consent) -> None:
    from huggingface_hub import constants, snapshot_download
    from huggingface_hub.errors import OfflineModeIsEnabled

    if constants.HF_HUB_OFFLINE:
        raise OfflineModeIsEnabled(f"{missing[0].name} is not in the cache")
    cache = cache_folder()
    total = sum(file.size for file in missing)
    left = total - sum(file.arrived(listing.dataset) for file in missing)
    more = f" and {_count(len(missing) - 1, 'more file')}" if len(missing) > 1 else ""
    what = f"{missing[0].name}{more} of {listing.dataset} ({_size(total)})"
    rest = f"; {_size(left)} of it are still to come" if left < total else ""
    if not consent(f"{what} would be downloaded from the Hugging Face hub to {cache}{rest}."):
        raise CorpusError(
            f"{what} would have to be downloaded{rest}",
            where=str(cache),
            hint="narrator prepare RECIPE asks before it does that; narrator prepare RECIPE --yes does not ask",
        )
    cache.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(cache).free
    if free < left:
        raise CorpusError(
            f"{_size(left)} are to be downloaded, and the disk has {_size(free)} left",
            where=str(cache),
            hint="free some space, or set HF_HOME to a folder on a larger disk",
        )
    with progress("downloading", total / 1e6, "MB") as bar:
        for file in missing:
            download_file(listing.dataset, listing.commit, file, bar)
    # Everything is there: this only writes down which files belong to the snapshot, for days without network.
    names = [file.name for file in (*listing.train, *listing.validation)]
    snapshot_download(listing.dataset, repo_type="dataset", revision=listing.commit, allow_patterns=names)


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _size(size: float) -> str:
    return f"{size / 1e9:.2f} GB" if size >= 1e8 else f"{size / 1e6:.1f} MB"
