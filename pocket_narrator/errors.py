"""Errors that a user can cause and mend. Anything else is a bug and keeps its traceback."""

# The lines below the first of a message, in this order.
LABELS = ("where", "expected", "found", "hint")


class NarratorError(Exception):
    """One clear message: what went wrong, where, what was expected, what was found, and a hint what to do about it.

    The command line prints it without a traceback and exits with code 2. In Python it is the one to catch: the others
    (`RecipeError`, `RunError`, `CorpusError`, `PromptError` and more) are kinds of it.

    Args:
        what: What went wrong, in one line.
        where: The file, line or key.
        expected: What would have been right.
        found: What was there instead.
        hint: What to do about it.

    Example:
        >>> try:
        ...     Run("no-such-run")
        ... except NarratorError as error:
        ...     print(error.what)
        there is no such run directory
    """

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        expected: str | None = None,
        found: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.expected = expected
        self.found = found
        self.hint = hint

    def __str__(self) -> str:
        lines = [self.what]
        lines += [f"  {label}: {getattr(self, label)}" for label in LABELS if getattr(self, label)]
        return "\n".join(lines)


class CorpusError(NarratorError):
    """Text that cannot be read as stories, or too little of it."""


class RecipeError(NarratorError):
    """A recipe that cannot be trained: unknown key, wrong type, impossible combination."""


class TokenizerError(NarratorError):
    """A tokenizer file that is missing, damaged, or cannot do what is asked."""


class TokenStoreError(NarratorError):
    """A token store that is missing, damaged, or made by another tokenizer."""


class CheckpointError(NarratorError):
    """A checkpoint that is missing, damaged, or of another model."""


class RunError(NarratorError):
    """A run directory that cannot be used as asked."""


class PromptError(NarratorError):
    """A prompt or sampling option that cannot be generated from."""


class ActivationError(NarratorError, KeyError):
    """A name of something inside a model that is not there, or what is put in its place and does not fit."""


class JudgeError(NarratorError):
    """A judge that cannot be asked, must not be asked, or cannot be believed."""


class InteropError(NarratorError):
    """A model that another library's format cannot hold, or a file of one that cannot be used."""


class PluginError(NarratorError):
    """Own code that cannot be used: it is not there, it raises, or it is not what it was registered as."""


class MissingExtraError(NarratorError):
    """An optional dependency that is not installed."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(
            f"the package '{package}' is needed for this and is not installed",
            hint=how_to_install(extra, package),
        )


def how_to_install(extra: str, package: str = "") -> str:
    """A line for the shell that installs what the extra names, wherever pocket-narrator itself came from: a wheel or a checkout. `package`
    alone where pocket-narrator was not installed, and so does not know its extras."""
    from importlib.metadata import PackageNotFoundError, requires

    try:
        known = [line.partition(";") for line in requires("pocket-narrator") or []]
    except PackageNotFoundError:
        known = []
    wanted = [need.strip() for need, _, when in known if f"extra=='{extra}'" in when.replace('"', "'").replace(" ", "")]
    return " ".join(["pip install", *(f'"{need}"' for need in wanted or [package or extra])])


def reason_of(error: Exception) -> str:
    """Why a file could not be used, without the numbers and names of classes that Python puts around it."""
    if isinstance(error, UnicodeDecodeError):
        return f"it is not text in UTF-8 (byte {error.start + 1:,})"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror[0].lower() + error.strerror[1:]
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
