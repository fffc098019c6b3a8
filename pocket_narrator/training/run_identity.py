"""What makes a run this run: its recipe, its tokenizer and its data, stored with hashes and compared on every resume."""

import hashlib
import uuid
from collections.abc import Set
from dataclasses import dataclass
from pathlib import Path

from pocket_narrator.atomic import atomic_writer, write_text
from pocket_narrator.config import Recipe
from pocket_narrator.errors import RecipeError, RunError
from pocket_narrator.json_file import dump_json, parse_json, read_json_object
from pocket_narrator.plain_file import sha256_of
from pocket_narrator.recipes import load_recipe, write_recipe

CONFIG, TOKENIZER, DATA = "config.yaml", "tokenizer.json", "data.json"
HARMLESS = {"name", "about", "tracking"}  # parts of a recipe that do not change what is learned


@dataclass(frozen=True)
class RunIdentity:
    """Read from `config.yaml`, `tokenizer.json` and `data.json` of the run directory `path`."""

    path: Path
    recipe: Recipe
    data: dict
    run_id: str
    tokenizer_sha256: str

    @staticmethod
    def create(path: Path, recipe: Recipe, tokenizer: Path, data_fingerprint: dict) -> None:
        """Writes the three files, `config.yaml` last: with it the folder is a run."""
        config, content = write_recipe(recipe), tokenizer.read_bytes()
        identity = {"run_id": uuid.uuid4().hex[:12], "data": data_fingerprint}
        written = {CONFIG: config.encode(), TOKENIZER: content, DATA: dump_json(identity)}
        hashes = {name: hashlib.sha256(text).hexdigest() for name, text in written.items()}
        with atomic_writer(path / TOKENIZER, binary=True) as stream:
            stream.write(content)
        with atomic_writer(path / DATA, binary=True) as stream:
            stream.write(dump_json({**identity, "sha256": hashes}))
        write_text(path / CONFIG, config)

    @classmethod
    def load(cls, path: Path) -> "RunIdentity":
        """Reads the three files. Raises RunError if there is no run, or one of them is missing, damaged, or was changed after
        the run began."""
        require_run(path)
        try:
            stored = read_json_object(path / DATA)
            run_id, data, hashes = stored["run_id"], stored["data"], stored["sha256"]
            own = hashlib.sha256(dump_json({"run_id": run_id, "data": data})).hexdigest()
            if not isinstance(run_id, str) or not isinstance(data, dict) or own != hashes[DATA]:
                raise ValueError("it is not as it was written")
            expected = {CONFIG: hashes[CONFIG], TOKENIZER: hashes[TOKENIZER]}
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise _damaged(path / DATA, f"cannot be used: {error}") from error
        for name, sha256 in expected.items():
            if _sha256(path / name) != sha256:
                raise _damaged(path / name, "was changed after the run began")
        return cls(path, _read_recipe(path / CONFIG), data, run_id, expected[TOKENIZER])

    def compare_recipe(self, recipe: Recipe) -> None:
        """Raises RunError, listing what differs, unless `recipe` learns the same as the run's own."""
        self._refuse(
            "recipe", _differences(self.recipe.model_dump(mode="json"), recipe.model_dump(mode="json"), HARMLESS)
        )

    def compare_data(self, tokenizer: Path, data_fingerprint: dict) -> None:
        """Raises RunError, listing what differs, unless the run was trained on the same."""
        differing = _differences(self.data, parse_json(dump_json(data_fingerprint)))
        if _sha256(tokenizer) != self.tokenizer_sha256:
            differing.append(f"{TOKENIZER}: the run has another one than {tokenizer}")
        self._refuse("data", differing)

    def _refuse(self, what: str, differing: list[str]) -> None:
        if differing:
            raise RunError(
                f"this run was made with another {what}:\n    " + "\n    ".join(differing),
                where=str(self.path),
                hint=f"train under another name with name=..., go back to the run's {what}, or delete the folder",
            )


def require_run(path: Path) -> None:
    """RunError where there is no run at all: a look that costs nothing, for before the work."""
    if not (path / CONFIG).is_file():
        raise RunError(
            "this is no run directory" if path.is_dir() else "there is no such run directory",
            where=str(path),
            hint="give the folder of a run such as runs/NAME, or make one with: narrator train RECIPE",
        )


def _differences(stored: object, now: object, skip: Set[str] = frozenset()) -> list[str]:
    """One line for each leaf that differs, `training.learning_rate: 0.001 in the run, 0.003 now`."""
    old, new = _flatten(stored), _flatten(now)
    return [
        f"{key}: {_show(old, key)} in the run, {_show(new, key)} now"
        for key in {**old, **new}
        if key.split(".")[0] not in skip and _show(old, key) != _show(new, key)
    ]


def _show(flat: dict[str, object], key: str) -> str:
    return repr(flat[key]) if key in flat else "nothing"


def _flatten(tree: object, prefix: str = "") -> dict[str, object]:
    """`{"a": {"b": 1}}` as `{"a.b": 1}`."""
    if not isinstance(tree, dict):
        return {prefix: tree}
    flat: dict[str, object] = {}
    for key, value in tree.items():
        flat.update(_flatten(value, f"{prefix}.{key}" if prefix else str(key)))
    return flat


def _read_recipe(path: Path) -> Recipe:
    try:
        return load_recipe([str(path)])
    except RecipeError as error:
        raise _damaged(path, f"is no recipe that this version of pocket-narrator can read: {error.what}") from error


def _sha256(path: Path) -> str:
    try:
        return sha256_of(path)
    except OSError as error:
        raise _damaged(path, f"cannot be read: {error.strerror or error}") from error


def _damaged(path: Path, why: str) -> RunError:
    return RunError(
        f"{path.name} {why}", where=str(path), hint="restore it from a copy, or train anew under another name"
    )
