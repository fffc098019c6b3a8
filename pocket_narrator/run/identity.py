"""What makes a run this run: its recipe, its tokenizer and its data, stored with hashes and compared on every resume."""

import hashlib
import json
import os
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pocket_narrator.errors import RecipeError, RunError, reason_of
from pocket_narrator.files.atomic import atomic_writer, write_text
from pocket_narrator.files.hashed_file import sha256_of
from pocket_narrator.files.json_file import dump_json, parse_json, read_json_object
from pocket_narrator.plugins.kept import KeptCode, code_of, keep_code, load_kept_code
from pocket_narrator.recipe.kinds.used import names_used
from pocket_narrator.recipe.loading import load_recipe, write_recipe
from pocket_narrator.recipe.schema import Recipe
from pocket_narrator.run.find import CONFIG
from pocket_narrator.tokenizers import Tokenizer
from pocket_narrator.tokenizers.foreign.pretrained import open_tokenizer

TOKENIZER, DATA = "tokenizer.json", "data.json"
_CONFIG_BEFORE = "config.yaml before"
# Keys that change nothing of what is learned in a step, so that a run may go on with others: a key, or a whole section.
HARMLESS = (
    *("name", "about", "tracking", "generation"),
    # When it is looked at and saved, and when it has waited long enough. The best checkpoint is that of those measured.
    *("training.evaluate_every", "training.sample_every", "training.checkpoint_every", "training.checkpoint_minutes"),
    *("training.patience", "training.keep_checkpoints"),
    # By what it is computed; bits differ between machines in any case.
    *("training.device", "training.compile", "training.activation_checkpointing"),
)
# Where things lay: the text is known by its hash, and the tokenizer is the run's own.
PLACES = re.compile(r"corpus\.(sources\.[^.]+\.corpus\.)?(train|validation)|tokenizer\.path")
NOTHING = "nothing"
_NUMBER = (int, float, type(None))
_DATA_KINDS: dict[str, type | tuple[type, ...]] = {  # of the keys in data.json, which each may leave out
    **{"corpus_hash": str, "floor_bits_per_byte": _NUMBER, "floor_standard_error": _NUMBER},
    **{"prepared": dict, "base": dict, "parent": dict, "imported": dict},
}
OWN_CODE = "own_code"  # in data.json: what of others' code the run needs; a run that needs none does not have the key
PREPARED = "prepared"  # in data.json: where the prepared data lay; not what the run was trained on


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
        """Writes the three files, `config.yaml` last: with it the folder is a run. Before them the code that others have added and
        the recipe asks for."""
        config, content = write_recipe(recipe), tokenizer.read_bytes()
        code = code_of(names_used(recipe))
        keep_code(path, code)
        identity = {"run_id": uuid.uuid4().hex[:12], "data": data_fingerprint}
        if code:
            identity[OWN_CODE] = [one.as_json() for one in code]
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
        the run began; PluginError where it needs code that is not loaded."""
        require_run(path)
        try:
            stored = read_json_object(path / DATA)
            run_id, data, hashes = stored["run_id"], stored["data"], stored["sha256"]
            code = [KeptCode.of_json(one) for one in stored.get(OWN_CODE, [])]
            own = hashlib.sha256(dump_json(_identity(stored))).hexdigest()
            if not isinstance(run_id, str) or not isinstance(data, dict) or own != hashes[DATA]:
                raise ValueError("it is not as it was written")
            _check_data(data)
            expected = {CONFIG: {hashes[CONFIG], hashes.get(_CONFIG_BEFORE)}, TOKENIZER: {hashes[TOKENIZER]}}
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise _damaged(path / DATA, f"cannot be used: {reason_of(error)}") from error
        for name, sha256 in expected.items():
            if _hash_of(path / name) not in sha256:
                raise _damaged(path / name, "was changed after the run began")
        load_kept_code(path, code)
        return cls(path, _read_recipe(path / CONFIG), data, run_id, hashes[TOKENIZER])

    def go_on_with(self, recipe: Recipe, data: dict, report: Callable[[str], object]) -> None:
        """Records what is not as it was before, of a recipe and data that have been compared: the recipe takes the place of
        the run's own, and one line says which keys are others now."""
        changed = {
            key: (was, now)
            for key, (was, now) in _differing(_tree(self.recipe), _tree(recipe)).items()
            if key != "tokenizer.path"
        }
        data = _as_stored(data)
        if changed:
            report(
                "going on with "
                + ", ".join(f"{key}={_value(now)} (was {_value(was)})" for key, (was, now) in changed.items())
            )
        elif data == self.data:
            return
        config = write_recipe(recipe).encode() if changed else (self.path / CONFIG).read_bytes()
        stored = read_json_object(self.path / DATA)
        identity = {**_identity(stored), "data": data}
        hashes = {
            **stored["sha256"],
            CONFIG: hashlib.sha256(config).hexdigest(),
            # Until the new recipe is in place, and where the process dies before that, the old one is right.
            _CONFIG_BEFORE: _hash_of(self.path / CONFIG),
            DATA: hashlib.sha256(dump_json(identity)).hexdigest(),
        }
        changes = [
            *stored.get("changes", []),
            *([{key: list(both) for key, both in changed.items()}] if changed else []),
        ]
        with atomic_writer(self.path / DATA, binary=True) as stream:
            stream.write(dump_json({**identity, "changes": changes, "sha256": hashes}))
        write_text(self.path / CONFIG, config.decode())

    def compare_recipe(self, recipe: Recipe) -> None:
        """Raises RunError, listing what differs, unless `recipe` learns the same as the run's own."""
        differing = _differing(_tree(self.recipe), _tree(recipe))
        lines = [
            f"{key}: {_show(was)} in the run, {_show(now)} now"
            for key, (was, now) in differing.items()
            if not is_harmless(key)
        ]
        is_watched = recipe.training is not None and recipe.training.patience is not None
        if is_watched and "training.evaluate_every" in differing:
            was, now = differing["training.evaluate_every"]
            lines.append(f"training.evaluate_every: {was} in the run, {now} now; training.patience counts by it")
        self._refuse("recipe", lines + self._compare_tokenizer(recipe))

    def _compare_tokenizer(self, recipe: Recipe) -> list[str]:
        """The run's own tokenizer is the one that is used; a file that the recipe names must not be another one."""
        section = recipe.tokenizer
        if section.kind != "file" or self.recipe.tokenizer.kind != "file" or not os.path.exists(section.path or ""):
            return []
        now = open_tokenizer(section.path or "").tokenizer.fingerprint
        own = Tokenizer.load(self.path / TOKENIZER).fingerprint
        return [] if now == own else [f"tokenizer.path: {own[:12]} in the run, {now[:12]} in {section.path} now"]

    def compare_data(self, tokenizer: Path, data_fingerprint: dict) -> None:
        """Raises RunError, listing what differs, unless the run was trained on the same."""
        differing = _differing(
            {key: value for key, value in self.data.items() if key != PREPARED},
            {key: value for key, value in _as_stored(data_fingerprint).items() if key != PREPARED},
        )
        lines = [f"{key}: {_show(was)} in the run, {_show(now)} now" for key, (was, now) in differing.items()]
        if _hash_of(tokenizer) != self.tokenizer_sha256:
            lines.append(f"{TOKENIZER}: the run has another one than {tokenizer}")
        self._refuse("data", lines)

    def _refuse(self, what: str, differing: list[str]) -> None:
        if differing:
            raise RunError(
                f"this run was made with another {what}:\n    " + "\n    ".join(differing),
                where=str(self.path),
                hint=f"train under another name with name=..., go back to the run's {what}, or delete the folder",
            )


def load_own_code(path: Path) -> None:
    """Loads the code that the run in `path` needs, before a recipe that names it is read. Raises as `load_kept_code` does; nothing is
    done where there is no run, or a damaged one: loading it will say so."""
    try:
        stored = read_json_object(path / DATA)
        code = [KeptCode.of_json(one) for one in stored.get(OWN_CODE, [])]
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return
    load_kept_code(path, code)


def _check_data(data: dict) -> None:
    wrong = [key for key, kinds in _DATA_KINDS.items() if key in data and not isinstance(data[key], kinds)]
    if wrong:
        raise ValueError(f"no run writes such values: {', '.join(wrong)}")


def _identity(stored: dict) -> dict:
    """What of data.json its own hash is of."""
    return {key: stored[key] for key in ("run_id", "data", OWN_CODE) if key in stored}


def require_run(path: Path) -> None:
    """RunError where there is no run at all: a look that costs nothing, for before the work."""
    if not (path / CONFIG).is_file():
        raise RunError(
            "this is no run directory" if path.is_dir() else "there is no such run directory",
            where=str(path),
            hint="give the folder of a run such as runs/NAME, or make one with: narrator train RECIPE",
        )


def _as_stored(data: dict) -> dict:
    """As it comes back from a file: tuples are lists there."""
    stored = parse_json(dump_json(data))
    assert isinstance(stored, dict)
    return stored


def _tree(recipe: Recipe) -> dict:
    return recipe.model_dump(mode="json")


def is_harmless(key: str) -> bool:
    """Whether another value of this key of a recipe, `training.device`, changes nothing of what is learned in a step."""
    return key in HARMLESS or key.split(".")[0] in HARMLESS or PLACES.fullmatch(key) is not None


def _differing(stored: object, now: object) -> dict[str, tuple[object, object]]:
    """Each leaf that differs, `{"training.learning_rate": (0.001, 0.003)}`; NOTHING where only one side has it."""
    old, new = flatten(stored), flatten(now)
    pairs = {key: (old.get(key, NOTHING), new.get(key, NOTHING)) for key in {**old, **new}}
    return {key: both for key, both in pairs.items() if both[0] != both[1] or type(both[0]) is not type(both[1])}


def _show(value: object) -> str:
    return value if value is NOTHING else repr(value)


def _value(value: object) -> str:
    """As it is written in an override, but for a word."""
    return str(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def flatten(tree: object, prefix: str = "") -> dict[str, object]:
    """`{"a": {"b": 1}}` as `{"a.b": 1}`."""
    if not isinstance(tree, dict):
        return {prefix: tree}
    flat: dict[str, object] = {}
    for key, value in tree.items():
        flat.update(flatten(value, f"{prefix}.{key}" if prefix else str(key)))
    return flat


def _read_recipe(path: Path) -> Recipe:
    try:
        return load_recipe([str(path)])
    except RecipeError as error:
        raise _damaged(path, f"is no recipe that this version of pocket-narrator can read: {error.what}") from error


def _hash_of(path: Path) -> str:
    try:
        return sha256_of(path)
    except OSError as error:
        raise _damaged(path, f"cannot be read: {error.strerror or error}") from error


def _damaged(path: Path, why: str) -> RunError:
    return RunError(
        f"{path.name} {why}", where=str(path), hint="restore it from a copy, or train anew under another name"
    )
