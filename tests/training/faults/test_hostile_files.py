"""Files made to harm: refused with a CheckpointError naming the file, at once, and nothing in them is ever run."""

import gzip
import io
import json
import os
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import torch

from pocket_narrator.errors import CheckpointError
from pocket_narrator.run.checkpoint import load_checkpoint, newest_checkpoint
from tests.training.faults.forgery import forge, safetensors

WORKER = Path(__file__).with_name("open_everything.py")


class Exploit:
    """Unpickling one leaves a file behind."""

    def __reduce__(self):
        return (os.system, ("echo hacked > hacked.txt",))


def entry(dtype: object = "F32", shape: object = (2,), offsets: object = (0, 8)) -> bytes:
    return json.dumps({"a": {"dtype": dtype, "shape": shape, "data_offsets": offsets}}).encode()


def two(first: tuple[int, int], second: tuple[int, int]) -> bytes:
    fields = [{"dtype": "U8", "shape": [end - begin], "data_offsets": [begin, end]} for begin, end in (first, second)]
    return json.dumps({"a": fields[0], "b": fields[1]}).encode()


def zip_bomb() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.pkl", b"\x00" * 10_000_000)
    return stream.getvalue()


def torch_archive() -> bytes:
    stream = io.BytesIO()
    torch.save({"a": torch.ones(2)}, stream)
    return stream.getvalue()


BODY = b"\x00" * 8
FIELDS = '"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}'
TENSOR_FILES = {
    "nothing": b"",
    "seven bytes": b"\x00" * 7,
    "no header": safetensors(b""),
    "header longer than the file": safetensors(entry(), BODY, length=10**6),
    "header of 2^63 bytes": safetensors(entry(), BODY, length=2**63),
    "header of 2^64-1 bytes": safetensors(entry(), BODY, length=2**64 - 1),
    "header above the limit": safetensors(b" " * (17 * 2**20) + b"{}"),
    "header cut": safetensors(entry(), BODY, length=10),
    "header is a list": safetensors(b"[]"),
    "header is a number": safetensors(b"1"),
    "header is no JSON": safetensors(b"{'a':1}"),
    "header is not UTF-8": safetensors(b'{"\xff\xfe":1}'),
    "header with byte order mark": safetensors(b"\xef\xbb\xbf{}"),
    "header with 100,000 lists": safetensors(b'{"a":' + b"[" * 100_000),
    "header with 100,000 objects": safetensors(b'{"a":' * 100_000),
    "header with two million quotes": safetensors(b'{"' + b'\\"' * 10**6),
    "header with a number of 100,000 digits": safetensors(b'{"a":' + b"9" * 100_000 + b"}"),
    "header with NaN": safetensors(b'{"a":NaN}'),
    "tensor twice": safetensors(f"{{{FIELDS},{FIELDS}}}".encode(), BODY),
    "key twice": safetensors(b'{"a":{"dtype":"F32","dtype":"I32","shape":[2],"data_offsets":[0,8]}}', BODY),
    "metadata": safetensors(b'{"__metadata__":{"format":"pt"}}'),
    "entry is a list": safetensors(b'{"a":[]}'),
    "entry with more": safetensors(f'{{{FIELDS[:-1]},"code":"x"}}}}'.encode(), BODY),
    "entry with less": safetensors(b'{"a":{"dtype":"F32","shape":[2]}}', BODY),
    "overlap": safetensors(two((0, 5), (3, 8)), BODY),
    "same place": safetensors(two((0, 8), (0, 8)), BODY),
    "gap": safetensors(two((0, 3), (5, 8)), BODY),
    "gap before the first": safetensors(entry("U8", [4], [4, 8]), BODY),
    "bytes after the last": safetensors(entry(), BODY + b"\x90"),
    "body cut": safetensors(entry(), BODY[:-1]),
    "negative place": safetensors(entry("F32", [2], [-8, 0])),
    "end before begin": safetensors(entry("F32", [2], [8, 0]), BODY),
    "three offsets": safetensors(entry("F32", [2], [0, 8, 8]), BODY),
    "offset is a float": safetensors(entry("F32", [2], [0, 8.0]), BODY),
    "offset is true": safetensors(entry("U8", [1], [False, True]), b"\x00"),
    "offset is a text": safetensors(entry("F32", [2], "08"), BODY),
    "shape too small": safetensors(entry("F32", [1]), BODY),
    "shape too large": safetensors(entry("F32", [2**40]), BODY),
    "shape overflows": safetensors(entry("F32", [2**32, 2**32, 2**32]), BODY),
    "shape overflows to 2": safetensors(entry("F32", [2**63 + 1, 2]), BODY),
    "empty shape overflows": safetensors(entry("F32", [0, 2**47, 2**47], [0, 0])),
    "negative shape": safetensors(entry("F32", [-1, -2]), BODY),
    "shape of 100,000 dimensions": safetensors(entry("F32", [1] * 100_000 + [2]), BODY),
    "shape is null": safetensors(entry("F32", None), BODY),
    "unknown type": safetensors(entry("F33"), BODY),
    "type is a list": safetensors(entry(["F32"]), BODY),
    "type is a path": safetensors(entry("../../etc/passwd"), BODY),
    "pickle": pickle.dumps(Exploit()),
    "old pickle": pickle.dumps(Exploit(), protocol=0),
    "zip bomb": zip_bomb(),
    "gzip bomb": gzip.compress(b"\x00" * 10_000_000),
    "torch.save": torch_archive(),
    "executable": b"\x7fELF" + b"\x00" * 100,
}
STATES = {
    "nothing": b"",
    "list": b"[]",
    "100,000 lists": b"[" * 100_000 + b"]" * 100_000,
    "100,000 objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "two million quotes": b'{"' + b'\\"' * 10**6,
    "17 MiB": b'{"a":"' + b"x" * (17 * 2**20) + b'"}',
    "key twice": b'{"step":1,"step":2}',
    "NaN": b'{"loss":NaN}',
    "not UTF-8": b'{"a":"\xff"}',
    "pickle": pickle.dumps(Exploit()),
}


@pytest.mark.parametrize("name", TENSOR_FILES)
@pytest.mark.parametrize("part", ["model", "optimizer"])
def test_tensor_file(tmp_path: Path, part: str, name: str) -> None:
    refuse(forge(tmp_path, 2, **{part: TENSOR_FILES[name]}), f"{part}.safetensors")


@pytest.mark.parametrize("name", STATES)
def test_state(tmp_path: Path, name: str) -> None:
    refuse(forge(tmp_path, 2, state=STATES[name]), "state.json")


def refuse(path: Path, file: str) -> None:
    """Loading and discovery both refuse `path`, and name the file."""
    forge(path.parent, 1)
    messages: list[str] = []
    with pytest.raises(CheckpointError) as caught:
        load_checkpoint(path)
    assert f"{path.name}/{file}" in caught.value.what
    assert len(caught.value.what) < 500
    assert newest_checkpoint(path.parent, messages.append) == path.parent / "step-0000001"
    assert f"{path.name}/{file}" in messages[0]


SHA = "0" * 64
FILE = {"bytes": 10, "sha256": SHA}
GOOD_FILES = {"model.safetensors": FILE, "optimizer.safetensors": FILE, "state.json": FILE}
MANIFESTS = {
    "null": None,
    "list": [],
    "empty": {},
    "no step": {"format": 1, "files": GOOD_FILES},
    "more": {"format": 1, "step": 2, "files": GOOD_FILES, "code": "x"},
    "newer format": {"format": 2, "step": 2, "files": GOOD_FILES},
    "format is a text": {"format": "1", "step": 2, "files": GOOD_FILES},
    "step is a text": {"format": 1, "step": "2", "files": GOOD_FILES},
    "step is a float": {"format": 1, "step": 2.0, "files": GOOD_FILES},
    "another step": {"format": 1, "step": 3, "files": GOOD_FILES},
    "files is a list": {"format": 1, "step": 2, "files": list(GOOD_FILES)},
    "no files": {"format": 1, "step": 2, "files": {}},
    "a file more": {"format": 1, "step": 2, "files": {**GOOD_FILES, "extra.bin": FILE}},
    "a file above": {"format": 1, "step": 2, "files": {**GOOD_FILES, "../../secret": FILE}},
    "a file for another": {
        "format": 1,
        "step": 2,
        "files": {"../step-0000001/model.safetensors": FILE, "optimizer.safetensors": FILE, "state.json": FILE},
    },
    "absolute path": {"format": 1, "step": 2, "files": {**GOOD_FILES, "/etc/passwd": FILE}},
    "entry is a text": {"format": 1, "step": 2, "files": {**GOOD_FILES, "state.json": "x"}},
    "negative length": {"format": 1, "step": 2, "files": {**GOOD_FILES, "state.json": {"bytes": -1, "sha256": SHA}}},
    "length is true": {"format": 1, "step": 2, "files": {**GOOD_FILES, "state.json": {"bytes": True, "sha256": SHA}}},
    "huge length": {"format": 1, "step": 2, "files": {**GOOD_FILES, "state.json": {"bytes": 2**70, "sha256": SHA}}},
    "hash too short": {"format": 1, "step": 2, "files": {**GOOD_FILES, "state.json": {"bytes": 3, "sha256": "0"}}},
    "hash is null": {"format": 1, "step": 2, "files": {**GOOD_FILES, "state.json": {"bytes": 3, "sha256": None}}},
}


@pytest.mark.parametrize("name", MANIFESTS)
def test_manifest(tmp_path: Path, name: str) -> None:
    path = forge(tmp_path, 2)
    (path / "MANIFEST.json").write_text(json.dumps(MANIFESTS[name], indent=1, sort_keys=True) + "\n", newline="\n")
    with pytest.raises(CheckpointError):
        load_checkpoint(path)


@pytest.mark.parametrize("text", [b"", b"[" * 100_000, b'{"' + b'\\"' * 10**6, b" " * (17 * 2**20), b"\x00" * 300])
def test_manifest_that_is_no_json(tmp_path: Path, text: bytes) -> None:
    path = forge(tmp_path, 2)
    (path / "MANIFEST.json").write_bytes(text)
    refuse(path, "MANIFEST.json")


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
@pytest.mark.parametrize("name", ["model.safetensors", "optimizer.safetensors", "state.json", "MANIFEST.json"])
@pytest.mark.parametrize("kind", ["link", "link to nothing", "link to itself", "endless device", "pipe", "folder"])
def test_what_is_no_plain_file(tmp_path: Path, name: str, kind: str) -> None:
    path = forge(tmp_path, 2)
    victim = path / name
    if kind == "link":
        victim.rename(tmp_path / "elsewhere")
        victim.symlink_to(tmp_path / "elsewhere")
    else:
        victim.unlink()
    if kind == "pipe":
        os.mkfifo(victim)
    elif kind == "folder":
        victim.mkdir()
    elif kind != "link":
        victim.symlink_to({"endless device": "/dev/zero", "link to nothing": "nowhere", "link to itself": name}[kind])
    refuse(path, name)


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
def test_a_checkpoint_that_is_a_link(tmp_path: Path) -> None:
    forge(tmp_path / "elsewhere", 2)
    (tmp_path / "step-0000002").symlink_to(tmp_path / "elsewhere" / "step-0000002")
    with pytest.raises(CheckpointError, match="is no checkpoint"):
        load_checkpoint(tmp_path / "step-0000002")


def test_nothing_is_run_while_opening(tmp_path: Path) -> None:
    """An audit hook in a process of its own sees no unpickling, no compiling, no running of anything."""
    folder = tmp_path / "checkpoints"
    for number, data in enumerate(TENSOR_FILES.values(), start=1):
        forge(folder, 2 * number, model=data)
        forge(folder, 2 * number + 1, optimizer=data)
    for number, data in enumerate(STATES.values(), start=1000):
        forge(folder, number, state=data)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    done = subprocess.run(
        [sys.executable, str(WORKER), str(tmp_path)], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["events"] == []
    assert "pickle.find_class" in report["control"]
    assert report["refused"] == 2 * len(TENSOR_FILES) + len(STATES) + report["runs"]
    assert report["loaded"] == 1
    assert not list(tmp_path.rglob("hacked.txt"))
