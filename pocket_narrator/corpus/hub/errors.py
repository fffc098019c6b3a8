"""What `huggingface_hub` raises, as messages that say what to do."""

from collections.abc import Iterator
from contextlib import contextmanager

from pocket_narrator.errors import CorpusError
from pocket_narrator.recipe.schema import HubCorpusConfig


@contextmanager
def clear_messages(corpus: HubCorpusConfig) -> Iterator[None]:
    """Raises CorpusError for everything that a user can mend. The hub's progress bars are off inside: ours are shown."""
    from huggingface_hub.utils import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

    had_bars = not are_progress_bars_disabled()
    disable_progress_bars()
    try:
        yield
    except CorpusError:
        raise
    except Exception as error:
        explained = _explain(error, f"{corpus.dataset}, revision {corpus.revision}")
        if explained is None:
            raise
        raise explained from error
    finally:
        if had_bars:
            enable_progress_bars()


def is_of_the_network(error: Exception) -> bool:
    """Whether the hub was not reached, or could not answer: another time it may."""
    from huggingface_hub import errors

    if isinstance(error, errors.HfHubHTTPError):
        return error.response.status_code >= 500
    libraries = {kind.__module__.partition(".")[0] for kind in type(error).__mro__}
    # The hub's own library has gone from requests to httpx to httpx2.
    return isinstance(error, ConnectionError | TimeoutError | errors.FileMetadataError) or bool(
        libraries & {"requests", "httpx", "httpx2"}
    )


def _explain(error: Exception, where: str) -> CorpusError | None:
    from huggingface_hub import errors

    reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
    if isinstance(error, errors.OfflineModeIsEnabled):
        return CorpusError(
            "HF_HUB_OFFLINE is set, and the dataset is not, or not wholly, on this machine",
            where=where,
            hint="run narrator prepare once with network and without it; or name local files: "
            "corpus.kind=files corpus.train=FILE",
        )
    if isinstance(error, errors.GatedRepoError):
        return CorpusError(
            "the dataset asks for its terms to be accepted first",
            where=where,
            hint="accept them on its page, then log in with hf auth login, or set HF_TOKEN",
        )
    if isinstance(error, errors.RepositoryNotFoundError):
        return CorpusError(
            "there is no such dataset on the hub, or it is private",
            where=where,
            hint="check corpus.dataset (owner/name); for a private one hf auth login, or set HF_TOKEN",
        )
    if isinstance(error, errors.RevisionNotFoundError):
        return CorpusError("the dataset has no such revision", where=where, hint="check corpus.revision")
    if isinstance(error, errors.EntryNotFoundError):
        return CorpusError(
            f"a file of the listing is not there: {reason}", where=where, hint="name another corpus.revision"
        )
    if isinstance(error, errors.HFValidationError):
        return CorpusError(f"corpus.dataset is no name: {reason}", where=where, hint="owner/name, as on the hub")
    if is_of_the_network(error) or isinstance(error, errors.HfHubHTTPError):
        return CorpusError(
            f"the hub cannot be reached, or the download broke off: {reason}",
            where=where,
            hint="the same command goes on where this one stopped; without network, name local files: "
            "corpus.kind=files corpus.train=FILE",
        )
    if isinstance(error, OSError):
        return CorpusError(
            f"the download cannot be written: {error.strerror or reason}",
            where=str(error.filename or where),
            hint="free some space, or set HF_HOME to a folder on a larger disk; what has arrived is kept",
        )
    return None
