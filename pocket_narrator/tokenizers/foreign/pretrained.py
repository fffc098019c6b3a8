"""Tokenizers that others trained: a file of any known kind, a folder that holds one, or a repository of the hub."""

import json
from dataclasses import dataclass
from pathlib import Path

from pocket_narrator.errors import MissingExtraError, TokenizerError
from pocket_narrator.tokenizers.foreign.ranks import NotRanksError, convert_ranks, read_ranks
from pocket_narrator.tokenizers.foreign.sentencepiece import NotAModelError, convert_model, describe_changes, read_model
from pocket_narrator.tokenizers.tokenizer import Tokenizer, read_tokenizer_file

FILES = ("tokenizer.json", "tokenizer.model")  # what is looked for in a folder or a repository, in this order
KINDS = "a tokenizer.json, a SentencePiece .model, or tiktoken's ranks of GPT-2's kind"


@dataclass(frozen=True)
class Pretrained:
    """A tokenizer, and how it came about."""

    tokenizer: Tokenizer
    kind: str  # of the file
    notes: tuple[str, ...] = ()  # what is otherwise than where it comes from


def open_tokenizer(path: str | Path) -> Pretrained:
    """Opens a tokenizer file, told by its content, or the one in a folder such as a run.

    Raises TokenizerError if it is missing, damaged, of another kind, or loses text.
    """
    path = Path(path)
    if path.is_dir():
        found = [path / name for name in FILES if (path / name).is_file()]
        if not found:
            raise TokenizerError(
                "the folder holds no tokenizer", where=str(path), expected=f"{' or '.join(FILES)} in it"
            )
        path = found[0]
    raw = read_tokenizer_file(path)
    where = str(path)
    if raw.lstrip()[:1] in (b"{", b"["):
        tokenizer = Tokenizer(_json_text(raw, where), where)
        return Pretrained(tokenizer, "tokenizer.json", tuple(tokenizer.notes))
    try:
        return Pretrained(Tokenizer(convert_ranks(read_ranks(raw), where), where), "tiktoken ranks")
    except NotRanksError:
        pass
    try:
        model = read_model(raw)
    except NotAModelError:
        raise TokenizerError(
            "this is no tokenizer file that is known here, or it is damaged",
            where=where,
            expected=KINDS,
            hint="check the path, or copy the file again",
        ) from None
    tokenizer = Tokenizer(convert_model(model, where), where)
    return Pretrained(tokenizer, f"SentencePiece {model.kind}", tuple(describe_changes(model)))


def download_tokenizer(repository: str, revision: str = "main") -> Path:
    """The tokenizer file of a hub repository such as `openai-community/gpt2`, from the cache where it is there already.

    Honours HF_ENDPOINT, HF_HOME and HF_HUB_OFFLINE. Raises TokenizerError if there is none or it cannot be had.
    """
    try:
        from huggingface_hub import HfApi, hf_hub_download
        from huggingface_hub import errors as hub
    except ImportError:
        raise MissingExtraError("huggingface_hub", "data") from None
    from pocket_narrator.corpus.hub.errors import is_of_the_network

    where = f"hub repository {repository}, revision {revision}"
    try:
        # Asked first: a request for a file is repeated for half a minute where there is no network.
        there = {file.rfilename for file in HfApi().model_info(repository, revision=revision).siblings or ()}
        name = next((name for name in FILES if name in there), None)
        if name is None:
            raise TokenizerError(
                "the repository holds no tokenizer", where=where, expected=f"{' or '.join(FILES)} in it"
            )
        return Path(hf_hub_download(repository, name, revision=revision))
    except hub.GatedRepoError:
        raise TokenizerError(
            "the hub wants you to accept the terms of this repository first",
            where=where,
            hint="accept them on its page, then: hf auth login",
        ) from None
    except (hub.RepositoryNotFoundError, hub.RevisionNotFoundError, hub.HFValidationError) as error:
        what = "revision" if isinstance(error, hub.RevisionNotFoundError) else "repository"
        raise TokenizerError(
            f"the hub has no such {what}",
            where=where,
            expected="an id such as openai-community/gpt2",
            hint="check its name; a private one needs: hf auth login",
        ) from None
    except TokenizerError:
        raise
    except Exception as error:  # of several libraries: a connection that breaks, a disk that is full
        if is_of_the_network(error):
            return _in_cache(repository, revision, where)
        raise TokenizerError(
            f"the tokenizer could not be downloaded: {error}", where=where, hint="try again"
        ) from error


def _in_cache(repository: str, revision: str, where: str) -> Path:
    """What an earlier download left, where the hub cannot be reached."""
    from huggingface_hub import try_to_load_from_cache

    for name in FILES:
        if isinstance(found := try_to_load_from_cache(repository, name, revision=revision), str):
            return Path(found)
    raise TokenizerError(
        "the tokenizer is not in the cache, and the hub cannot be reached",
        where=where,
        hint="connect once (and unset HF_HUB_OFFLINE), or name a file with tokenizer.kind=file",
    )


def _json_text(raw: bytes, where: str) -> str:
    """The text of a JSON file that looks like a `tokenizer.json`."""
    try:
        text = raw.decode("utf-8-sig")
        parsed = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise TokenizerError(
            f"the tokenizer cannot be read: it is damaged JSON ({error})", where=where, hint="copy the file again"
        ) from None
    if not isinstance(parsed, dict) or "model" not in parsed:
        is_vocabulary = isinstance(parsed, dict) and parsed and all(isinstance(value, int) for value in parsed.values())
        what = "a vocabulary, which is half a tokenizer" if is_vocabulary else "JSON, but no tokenizer.json"
        raise TokenizerError(
            f"the file is {what}", where=where, expected=KINDS, hint="name the tokenizer.json that stands beside it"
        )
    return text
