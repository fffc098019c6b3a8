"""Checkpoints whose manifest agrees with whatever an attacker put into the files."""

import hashlib
import json
from pathlib import Path

FILES = ("model.safetensors", "optimizer.safetensors", "state.json")


def forge(folder: Path, step: int, **files: bytes) -> Path:
    """A checkpoint of `step` with the given contents (`model=`, `optimizer=`, `state=`) and matching hashes."""
    empty = safetensors(b"{}")
    contents = {
        "model.safetensors": files.get("model", empty),
        "optimizer.safetensors": files.get("optimizer", empty),
        "state.json": files.get("state", b"{}\n"),
    }
    path = folder / f"step-{step:07d}"
    path.mkdir(parents=True)
    for name, data in contents.items():
        (path / name).write_bytes(data)
    sign(path)
    return path


def sign(path: Path) -> None:
    """Writes the manifest anew, for the files as they are now."""
    contents = {name: (path / name).read_bytes() for name in FILES}
    files = {name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in contents.items()}
    manifest = {"files": files, "format": 1, "step": int(path.name.removeprefix("step-"))}
    (path / "MANIFEST.json").write_bytes((json.dumps(manifest, indent=1) + "\n").encode())


def safetensors(header: bytes, body: bytes = b"", length: int | None = None) -> bytes:
    """A safetensors file with any header, true or not."""
    return (len(header) if length is None else length).to_bytes(8, "little") + header + body
