"""Opens every checkpoint and a few hostile runs under an audit hook; prints what was refused and what was run, as JSON.

A script, because an audit hook cannot be removed again.
"""

import hashlib
import json
import pickle
import shutil
import sys
from pathlib import Path

import torch

from pocket_narrator.errors import NarratorError
from pocket_narrator.recipe.schema import Recipe
from pocket_narrator.run.checkpoint import load_checkpoint, newest_checkpoint, save_checkpoint
from pocket_narrator.run.directory import RunDirectory
from pocket_narrator.tracking.trackers import open_trackers
from pocket_narrator.tracking.wandb import RunFacts

FORBIDDEN = ("pickle.", "marshal.", "exec", "compile", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork",
             "subprocess.", "ctypes.", "import", "code.", "socket.connect", "shutil.unpack", "os.startfile")  # fmt: skip
CONFIGS = (
    "!!python/object/apply:os.system ['echo hacked > hacked.txt']",
    "name: !!python/object/new:os.system ['echo hacked > hacked.txt']",
    "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]",
    "[" * 20_000,
    "name: x\n" * 2,
    "x: " + "y" * 100_000,
    "\x00",
)

base = Path(sys.argv[1])
recipe = Recipe.model_validate({"name": "run", "corpus": {"kind": "storyworld"}, "training": {"steps": 1}})
(base / "tokenizer.json").write_text("{}")
with RunDirectory.open_or_create(base / "run", recipe, base / "tokenizer.json", {}) as run:
    save_checkpoint(run.checkpoints, 1, {"a": torch.ones(2)}, {}, {})
    run.set_best(1, 1.0)
    open_trackers(run, recipe, RunFacts(1, 1, 1, 257, 2, "cpu")).log(1, {"loss": 1.0})
for number, config in enumerate(CONFIGS):
    hostile = base / f"run-{number}"
    shutil.copytree(base / "run", hostile)
    (hostile / "config.yaml").write_bytes(config.encode())
    data = json.loads((hostile / "data.json").read_text())
    data["sha256"]["config.yaml"] = hashlib.sha256(config.encode()).hexdigest()
    (hostile / "data.json").write_text(json.dumps(data))


def open_run(path: Path) -> None:
    RunDirectory.read(path, "best")
    with RunDirectory.open_or_create(path, recipe, base / "tokenizer.json", {}) as run:
        found = newest_checkpoint(run.checkpoints)
        assert found is not None
        load_checkpoint(found)
        run.truncate_after(1)


open_run(base / "run")  # once before the hook: the interpreter imports what it needs
events: list[str] = []
control: list[str] = []
watching = events
sys.addaudithook(lambda event, _: watching.append(event) if event.startswith(FORBIDDEN) else None)
loaded = refused = 0
for path in [base / "run", *sorted(base.glob("run-*")), *sorted((base / "checkpoints").iterdir())]:
    try:
        open_run(path) if path.name.startswith("run") else load_checkpoint(path)
        loaded += 1
    except NarratorError:
        refused += 1
watching = control
pickle.loads(pickle.dumps(Path))
print(json.dumps({"events": events, "control": control, "loaded": loaded, "refused": refused, "runs": len(CONFIGS)}))
