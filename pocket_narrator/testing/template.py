"""The file that a mixer of one's own begins with: `my_mixer.py` beside this, under another name."""

import importlib.util
import keyword
import re
from pathlib import Path

from pocket_narrator.errors import PluginError
from pocket_narrator.plugins.table import NAME
from pocket_narrator.recipe.mixers import MIXERS
from pocket_narrator.recipe.schema import refuse_key_of_the_model

EXPECTED = "small letters, digits and underscores, a letter first, at most 40"


def write_mixer(name: str, folder: Path = Path()) -> Path:
    """Writes `name`.py into the folder. PluginError where the name is none, or taken, or the file is there."""
    _refuse_name(name)
    path = folder / f"{name}.py"
    text = Path(__file__).with_name("my_mixer.py").read_text(encoding="utf-8")
    text = text.replace("my_mixer", name).replace("MyMixer", "".join(part.title() for part in name.split("_")))
    try:
        with open(path, "x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        hint = "give the mixer another name, or move that file away"
        raise PluginError("there is such a file already, and it stays as it is", where=str(path), hint=hint) from None
    return path


def _refuse_name(name: str) -> None:
    if not NAME.fullmatch(name) or keyword.iskeyword(name):
        found = f"{name!r:.60}" + (", a word of Python's" if keyword.iskeyword(name) else "")
        raise PluginError("this is no name for a mixer", expected=EXPECTED, found=found, hint=_nearest(name))
    if MIXERS.find(name) is not None:
        origin = MIXERS.origin(name)
        found = "part of pocket-narrator" if origin is None else origin.describe()
        raise PluginError(f"there is a mixer named '{name}' already", found=found, hint="give yours another name")
    refuse_key_of_the_model(name)
    if _is_module(name):
        what = f"a file {name}.py would hide the Python module '{name}' from everything that is run beside it"
        raise PluginError(what, hint=f"give the mixer another name, such as my_{name}")


def _is_module(name: str) -> bool:
    """Whether `import NAME` finds something that is not a file of this name in the current folder."""
    found = importlib.util.find_spec(name)
    return found is not None and (found.origin is None or Path(found.origin).resolve() != Path(f"{name}.py").resolve())


def _nearest(name: str) -> str | None:
    """A name that would do: of `My-Mixer.py` it is `my_mixer`."""
    plain = re.sub(r"[^a-z0-9]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.removesuffix(".py")).lower()).strip("_")
    plain = plain if plain[:1].isalpha() else f"mixer_{plain}"
    good = plain[:40] + ("_mixer" if keyword.iskeyword(plain) else "")
    return f"for example {good}" if NAME.fullmatch(good) and plain != "mixer_" else None
