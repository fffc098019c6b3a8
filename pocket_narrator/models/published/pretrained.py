"""Models of Hugging Face's by folder or id, with messages in place of what the library raises."""

from pathlib import Path
from typing import Any

from pocket_narrator.errors import MissingExtraError, NarratorError


def load_pretrained(source: str, kind: str) -> tuple[Any, Any]:
    """(tokenizer, model) by the transformers class `kind`; the model in float32, in evaluation mode.

    Raises MissingExtraError, or NarratorError where there is no such model or it cannot be downloaded.
    """
    try:
        import transformers
    except ImportError:
        raise MissingExtraError("transformers", "eval") from None
    hint = "name a folder with a Hugging Face model, or an id that this machine can download"
    if source.startswith(("/", ".", "~")) and not Path(source).is_dir():
        raise NarratorError("the model cannot be loaded: there is no such folder", where=source, hint=hint)
    if Path(source).is_dir() and not (Path(source) / "config.json").is_file():
        raise NarratorError(
            "the model cannot be loaded: the folder holds no Hugging Face model",
            where=source,
            expected="config.json, the weights and tokenizer.json",
            hint=f"{hint}; a run of your own goes without hf:",
        )
    bars = transformers.utils.logging
    (bars.disable_progress_bar if Path(source).is_dir() else bars.enable_progress_bar)()  # for downloads only
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(source, trust_remote_code=False)  # nor asked about
        model = getattr(transformers, kind).from_pretrained(source, trust_remote_code=False)
        return tokenizer, model.float().eval()
    except Exception as error:  # the library raises whatever it meets: no such file, no network, a wrong format
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        if "custom code" in reason:
            reason, hint = (
                "it brings code of its own, which is not run here",
                "take a model of a class of transformers",
            )
        raise NarratorError(f"the model cannot be loaded: {reason}", where=source, hint=hint) from error
