"""The readers of a run folder, of its token store and of recipes, for fuzz_readers.py. Checksums are made right again after a
change, as somebody would who means harm."""

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from fuzz_readers import READERS, Reader
from fuzzed_models import STORIES, STRANGE

from pocket_narrator.recipe.loading import load_recipe
from pocket_narrator.tokens.store import TokenStore
from pocket_narrator.workbench.from_recipe import finish, train

RECIPE = """
name: small
corpus: {kind: files, train: train.txt}
tokenizer: {kind: bpe, vocabulary_size: 280}
model: {preset: llama, layers: "attention*1", width: 8, heads: 2, context: 32}
training: {steps: 2, batch_tokens: 64, warmup_steps: 1, evaluate_every: 1, sample_every: 1, checkpoint_every: 1}
evaluation: {stories_in_training: 2}
generation: {max_tokens: 4}
"""
CHECKPOINT = "checkpoints/step-0000002"
Files = dict[str, bytes]


@cache
def _made() -> tuple[Files, Files]:
    """The files of a measured run, and of the token store that it was trained on."""
    with tempfile.TemporaryDirectory() as place, contextlib.chdir(place):
        Path("train.txt").write_text("\n<|endoftext|>\n".join(STORIES), encoding="utf-8")
        Path("small.yaml").write_text(RECIPE, encoding="utf-8")
        trained = train(load_recipe(["small.yaml"]), Path("run"), report=lambda _: None)
        finish(trained, 0, lambda _: None)
        store = next(Path().rglob("train/tokens.bin")).parent
        return _files_of(Path("run")), _files_of(store)


def _files_of(folder: Path) -> Files:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _write(folder: Path, files: Files) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _with_right_hashes(files: Files, changed: str) -> Files:
    files = dict(files)
    if changed.startswith(CHECKPOINT) and not changed.endswith("MANIFEST.json"):
        manifest = json.loads(files[f"{CHECKPOINT}/MANIFEST.json"])
        content = files[changed]
        manifest["files"][changed.rpartition("/")[2]] = {"bytes": len(content), "sha256": _sha256(content)}
        spelled = json.dumps(manifest, sort_keys=True, indent=1, ensure_ascii=False) + "\n"
        files[f"{CHECKPOINT}/MANIFEST.json"] = spelled.encode()
    if changed in ("config.yaml", "tokenizer.json"):
        data = json.loads(files["data.json"])
        data["sha256"][changed] = _sha256(files[changed])
        files["data.json"] = (json.dumps(data, sort_keys=True, indent=1) + "\n").encode()
    return files


def _read_run(name: str) -> Callable[[Path], object]:
    """Told from, looked at by a report, and compared with what it was before."""

    def read(path: Path) -> object:
        from pocket_narrator.errors import NarratorError
        from pocket_narrator.evaluation.comparison.table import compare_runs, name_of, write_comparison
        from pocket_narrator.evaluation.report.comparison_page import write_comparison_page
        from pocket_narrator.evaluation.report.run_page import write_run_page
        from pocket_narrator.run.loading import load_trained
        from pocket_narrator.run.records import METRICS, SAMPLES, read_records

        before, run, other = _made()[0], path.parent / "run", path.parent / "other"
        if not other.exists():
            figures = json.loads(before["evaluation/likelihood.json"])
            del figures["checksum"]
            recipe = before["config.yaml"].replace(b"learning_rate: 0.001", b"learning_rate: 0.002")  # another model
            changed = {"evaluation/likelihood.json": json.dumps(figures).encode(), "config.yaml": recipe}
            _write(other, _with_right_hashes({**before, **changed}, "config.yaml"))
        _write(run, _with_right_hashes({**before, name: path.read_bytes()}, name))
        refusal = None
        for work in (
            lambda: load_trained(run),
            lambda: [read_records(run, records) for records in (METRICS, SAMPLES)],
            lambda: write_run_page(run),
            lambda: _compare(run, other, compare_runs, name_of, write_comparison, write_comparison_page),
        ):
            try:
                work()
            except NarratorError as error:
                refusal = error
        if refusal is not None:
            raise refusal
        return "read"

    return read


def _compare(run: Path, other: Path, compare_runs, name_of, write_comparison, write_comparison_page) -> None:
    comparison = compare_runs([run, other], "bits_per_byte")
    written = run.parent / name_of([run, other], "bits_per_byte")
    write_comparison(comparison, written.with_name(f"{written.name}.json"))
    write_comparison_page(comparison, written.with_name(f"{written.name}.html"))


def changed_inside(value: object) -> Iterator[object]:
    """JSON with each of its values, however deep, as each of many that nobody expects."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from ({**value, key: other} for other in changed_inside(inner))
            yield {other: one for other, one in value.items() if other != key}
    elif isinstance(value, list):
        for place, inner in enumerate(value[:3]):
            yield from ([*value[:place], other, *value[place + 1 :]] for other in changed_inside(inner))
    yield from STRANGE


def _seeds_of(name: str) -> Callable[[], list[bytes]]:
    def seeds() -> list[bytes]:
        content = _made()[0][name]
        if not name.endswith((".json", ".jsonl")):
            return [content]
        first, *rest = content.splitlines() if name.endswith("l") else [content]
        parsed = json.loads(first)
        parsed = {key: value for key, value in parsed.items() if key not in ("checksum", "crc")}  # as of older versions
        lines = [json.dumps(one).encode() for one in changed_inside(parsed)]
        return [content, *(b"\n".join([line, *rest, b""]) for line in lines)]

    return seeds


def _read_store(name: str) -> Callable[[Path], object]:
    def read(path: Path) -> object:
        folder = path.parent / "store"
        files = {**_made()[1], name: path.read_bytes()}
        _write(folder, files)
        store = TokenStore.open(folder)
        store.verify()
        return sum(len(store.story(index)) for index in range(store.num_stories))

    return read


def _read_recipe(path: Path) -> object:
    os.chdir(path.parent)
    return load_recipe([str(path)])


RUN_FILES = {
    "config.yaml": "config.yaml",
    "data.json": "data.json",
    "best.json": "best.json",
    "metrics.jsonl": "metrics.jsonl",
    "samples.jsonl": "samples.jsonl",
    "likelihood.json": "evaluation/likelihood.json",
    "likelihood-stories.safetensors": "evaluation/likelihood-stories.safetensors",
    "state.json": f"{CHECKPOINT}/state.json",
    "MANIFEST.json": f"{CHECKPOINT}/MANIFEST.json",
    "model.safetensors": f"{CHECKPOINT}/model.safetensors",
}
for _file, _name in RUN_FILES.items():
    READERS[f"run {_file}"] = Reader(_file, _seeds_of(_name), _read_run(_name))
for _file in ("meta.json", "tokens.bin", "stories.bin", "bytes.bin"):
    READERS[f"store {_file}"] = Reader(_file, lambda file=_file: [_made()[1][file]], _read_store(_file))
READERS["recipe"] = Reader("a.yaml", lambda: [RECIPE.encode(), _made()[0]["config.yaml"]], _read_recipe)
