"""Models of the Hugging Face hub by their id: only the files that are no programs."""

import re
from pathlib import Path

from pocket_narrator.errors import InteropError, MissingExtraError

WANTED = ["config.json", "*.safetensors", "*.safetensors.index.json", "tokenizer.json", "vocab.json", "merges.txt"]
PATIENCE_S = 10


def is_model_id(source: str) -> bool:
    """`owner/name`."""
    return re.fullmatch(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", source) is not None


def download(model_id: str) -> Path:
    """The folder of a model in the cache of huggingface_hub, fetched where it is not there yet. InteropError without a network,
    or where there is no such model; MissingExtraError without the package."""
    try:
        from huggingface_hub import snapshot_download
    except ImportError:
        raise MissingExtraError("huggingface_hub", "export") from None
    try:
        return Path(snapshot_download(model_id, allow_patterns=WANTED, etag_timeout=PATIENCE_S))
    except Exception as error:  # of the network, of the hub, of the disk: there are dozens
        raise InteropError(
            f"'{model_id}' is no folder here, and it cannot be fetched from the Hugging Face hub: "
            f"{str(error).strip().splitlines()[0][:200]}",
            hint="check the name and the network, or download the model elsewhere and give its folder",
        ) from None
