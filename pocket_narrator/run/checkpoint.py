"""Checkpoints that are whole or not there, and that are never loaded damaged.

`checkpoints/step-0000500/` holds `model.safetensors`, `optimizer.safetensors` (optimizer and RNG states), `state.json`
and, written last, `MANIFEST.json` with the length and SHA-256 of each. The folder appears by one rename.
"""

import errno
import itertools
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from pocket_narrator.errors import CheckpointError
from pocket_narrator.files.atomic_folder import atomic_folder, remove_folder
from pocket_narrator.files.hashed_file import FileRecord, HashedFile, write_file
from pocket_narrator.files.json_file import SIZE_LIMIT, dump_json, parse_json
from pocket_narrator.files.temporary_files import clean_up, set_aside_name
from pocket_narrator.run.manifest import open_verified, read_manifest, write_manifest
from pocket_narrator.run.tensor_file import read_header, read_tensors, write_tensors

MODEL, OPTIMIZER, STATE = FILES = ("model.safetensors", "optimizer.safetensors", "state.json")
_STEP = re.compile(r"step-([0-9]{7,18})")
_DISK_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}


@dataclass(frozen=True)
class Checkpoint:
    """What training needs to go on: `state` is JSON, `optimizer` also holds RNG states as byte tensors (`rng.torch`, ...)."""

    step: int
    model: dict[str, Tensor]
    optimizer: dict[str, Tensor]
    state: dict


def save_checkpoint(
    folder: Path, step: int, model_tensors: Mapping[str, Tensor], optimizer_tensors: Mapping[str, Tensor], state: dict
) -> Path:
    """Writes `folder/step-<step>` and returns it; an existing one of the same step is replaced.

    `folder` has one writer. Tensors may be on any device and must not share memory (name tied weights once). `state`
    must survive JSON: string keys, lists instead of tuples, no NaN. Raises CheckpointError where the disk refuses;
    what was saved before is then still there.
    """
    _assert_no_shared_memory(model_tensors)
    _assert_no_shared_memory(optimizer_tensors)
    state_json = dump_json(state)
    assert parse_json(state_json) == state, "the state does not survive JSON (a tuple, or a key that is no string?)"
    target = folder / step_name(step)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        clean_up(folder)
        with atomic_folder(target) as temporary:
            records = {
                MODEL: _write_tensors(temporary / MODEL, model_tensors),
                OPTIMIZER: _write_tensors(temporary / OPTIMIZER, optimizer_tensors),
                STATE: write_file(temporary / STATE, state_json),
            }
            write_manifest(temporary, step, records)
    except OSError as error:
        n_bytes = sum(tensor.nbytes for tensor in [*model_tensors.values(), *optimizer_tensors.values()])
        raise _cannot_save(folder, step, n_bytes, error) from error
    return target


def load_checkpoint(path: Path, verify: bool = True) -> Checkpoint:
    """Reads one checkpoint into CPU memory, each file once: the bytes that were verified are the bytes returned.

    `verify=False` skips the hashes, for a checkpoint that `newest_checkpoint` has just verified. Raises CheckpointError.
    """
    step, records = _open(path)
    return Checkpoint(
        step=step,
        model=_read_tensors(path / MODEL, records[MODEL], verify),
        optimizer=_read_tensors(path / OPTIMIZER, records[OPTIMIZER], verify),
        state=_read_state(path / STATE, records[STATE], verify),
    )


def load_model_tensors(path: Path) -> dict[str, Tensor]:
    """The weights of one checkpoint, verified; the optimizer is not read. Raises CheckpointError."""
    _, records = _open(path)
    return _read_tensors(path / MODEL, records[MODEL])


def verify_checkpoint(path: Path) -> int:
    """Reads every byte of a checkpoint and returns its step. Raises CheckpointError naming the damaged file."""
    step, records = _open(path)
    for name in (MODEL, OPTIMIZER):
        with open_verified(path / name, records[name]) as source:
            read_header(source, records[name].n_bytes)
            source.skip_to_end()
    _read_state(path / STATE, records[STATE])
    return step


def newest_checkpoint(folder: Path, report: Callable[[str], object] = print) -> Path | None:
    """The newest checkpoint in `folder` that is undamaged, or None where there is none at all. Deletes nothing.

    Damaged ones are reported and passed over. Raises CheckpointError if there are some and every one is damaged, so
    that nobody starts from nothing by accident.
    """
    errors = []
    for path in _candidates(folder):
        try:
            verify_checkpoint(path)
        except CheckpointError as error:
            damaged = "" if isinstance(error.__cause__, PermissionError) else "damaged "
            report(f"a {damaged}checkpoint is passed over: {error.what}")
            errors.append(error)
        else:
            return path
    if errors:
        raise CheckpointError(
            f"none of the {len(errors)} checkpoints here can be used; of the newest, {errors[0].what}",
            where=str(folder),
            hint=errors[0].hint
            if isinstance(errors[0].__cause__, PermissionError)
            else "restore one of them from a copy, or delete the folder to train from the beginning",
        )
    return None


def newest_state(folder: Path) -> tuple[int, dict] | None:
    """Step and state of the newest checkpoint whose state is undamaged, its tensors unread; None where there is none."""
    for path in _candidates(folder):
        try:
            step, records = _open(path)
            return step, _read_state(path / STATE, records[STATE])
        except CheckpointError:
            continue
    return None


def prune(folder: Path, keep: set[int], newest: int | None = None) -> list[int]:
    """Removes all checkpoints but the steps in `keep` and the newest one, and returns the steps removed.

    newest: the step that has just been saved, where later ones may lie there that were damaged and passed over. It is read back
    first; if it is damaged, nothing is removed and CheckpointError is raised.
    """
    try:
        clean_up(folder)
        steps = sorted(step for path in folder.iterdir() if (step := checkpoint_step(path)) is not None)
        if not steps:
            return []
        newest = steps[-1] if newest is None else newest
        verify_checkpoint(folder / step_name(newest))
        removed = [step for step in steps if step not in keep and step != newest]
        for step in removed:
            remove_folder(folder / step_name(step))
    except OSError as error:
        raise CheckpointError(
            f"cannot remove old checkpoints: {error.strerror or error}",
            where=str(folder),
            hint="see to the disk and its permissions; the newest checkpoint is intact",
        ) from error
    return removed


def all_checkpoints(folder: Path) -> list[Path]:
    """Those in `folder`, be they damaged, the oldest first."""
    return _candidates(folder)[::-1]


def has_checkpoint(folder: Path) -> bool:
    """Whether there is any, be it damaged: a run without one has nothing to protect."""
    return any(True for _ in _steps(folder))


def step_before(folder: Path, step: int) -> int | None:
    """The last step before `step` that has a checkpoint."""
    return max((before for path, before in _steps(folder) if before < step), default=None)


def step_name(step: int) -> str:
    """`step-0000500` for 500."""
    return f"step-{step:07d}"


def checkpoint_step(path: Path) -> int | None:
    """500 for `step-0000500` (also while it is set aside under another name), None for what is no checkpoint's name."""
    name = set_aside_name(path) or path.name
    match = _STEP.fullmatch(name)
    return int(match[1]) if match and step_name(int(match[1])) == name else None


def _candidates(folder: Path) -> list[Path]:
    """Newest first; one that was set aside by a writer that died counts if nothing has taken its place."""
    found = [(step, path) for path, step in _steps(folder)]
    return [path for _, path in sorted(found, reverse=True)]


def _steps(folder: Path) -> Iterator[tuple[Path, int]]:
    for path in folder.iterdir() if folder.is_dir() else ():
        step = checkpoint_step(path)
        if step is not None and (set_aside_name(path) is None or not (folder / step_name(step)).exists()):
            yield path, step


def _open(path: Path) -> tuple[int, dict[str, FileRecord]]:
    """The step of the folder's name and the manifest that must agree with it."""
    step = checkpoint_step(path)
    if step is None or path.is_symlink() or not path.is_dir():
        raise CheckpointError(
            f"{path.name} is no checkpoint", where=str(path), hint="give a folder such as checkpoints/step-0000500"
        )
    return step, read_manifest(path, step, FILES)


def _write_tensors(path: Path, tensors: Mapping[str, Tensor]) -> FileRecord:
    with HashedFile(path) as file:
        write_tensors(file, tensors)
    return file.record()


def _read_tensors(path: Path, record: FileRecord, verify: bool = True) -> dict[str, Tensor]:
    with open_verified(path, record, verify) as source:
        return read_tensors(source, read_header(source, record.n_bytes))


def _read_state(path: Path, record: FileRecord, verify: bool = True) -> dict:
    with open_verified(path, record, verify) as source:
        state = parse_json(source.read(SIZE_LIMIT + 1))
        if not isinstance(state, dict):
            raise ValueError("does not hold a JSON object")
    return state


def _assert_no_shared_memory(tensors: Mapping[str, Tensor]) -> None:
    """Loading would give each name its own memory, so that tied weights would silently come apart."""
    spans = []
    for name, tensor in tensors.items():
        if tensor.numel():
            last = sum((size - 1) * stride for size, stride in zip(tensor.shape, tensor.stride(), strict=True))
            begin = tensor.data_ptr()
            spans.append((str(tensor.device), begin, begin + (last + 1) * tensor.element_size(), name))
    spans.sort()
    for (device, _, end, name), (next_device, begin, _, next_name) in itertools.pairwise(spans):
        assert device != next_device or end <= begin, f"'{name}' and '{next_name}' share memory; save one of them"


def _cannot_save(folder: Path, step: int, n_bytes: int, error: OSError) -> CheckpointError:
    """Says what went wrong, and what is safe."""
    try:
        previous = newest_checkpoint(folder, report=lambda _: None)
        free = f", {shutil.disk_usage(folder).free / 1e6:,.0f} MB are free"
    except (OSError, CheckpointError):
        previous, free = None, ""
    full = error.errno in _DISK_FULL
    what = f"disk full while saving step {step}" if full else f"cannot save step {step}: {error.strerror or error}"
    if previous is None:
        safe, then = "no checkpoint has been saved before", "start the run again"
    else:
        intact = checkpoint_step(previous)
        safe, then = (
            f"the checkpoint of step {intact} is intact",
            f"run the same command again: it goes on from step {intact}",
        )
    return CheckpointError(
        f"{what}; {safe}",
        where=str(folder),
        found=f"a checkpoint of this run takes {n_bytes / 1e6:,.0f} MB{free}" if full else None,
        hint=f"{'free some space' if full else 'see to the disk'}, then {then}",
    )
