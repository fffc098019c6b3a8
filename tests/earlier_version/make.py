"""How `dbcbdb2.zip` was made: what users of that commit have (runs, prepared data, exports), and what came of it then.

    git worktree add --detach ../earlier dbcbdb2
    PYTHONPATH=../earlier OMP_NUM_THREADS=1 python tests/earlier_version/make.py tests/earlier_version/dbcbdb2.zip

It runs with the package of that commit, and is kept to show how the archive came about; nothing of today's can run it.
"""

import hashlib
import json
import os
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path

import torch
from machine import machine
from pocket_narrator.config import Recipe
from pocket_narrator.interop.export_gguf import export_gguf
from pocket_narrator.interop.export_hugging_face import export_hugging_face, open_in_transformers
from pocket_narrator.training.checkpoint import load_model_tensors, newest_checkpoint

from pocket_narrator import Narrator, workbench
from pocket_narrator.interop.import_model import import_model
from pocket_narrator.tokenizers import Tokenizer

STEPS, SAVED, STOPPED = 60, 30, 40
PROMPT, NEW_TOKENS = "Once upon a time, there was a", 24
SIZES = {"width": 16, "heads": 2, "context": 32, "feed_forward_width": 24}
FAMILIES = {
    "ngram": {"kind": "ngram", "order": 3},
    "softmax": {**SIZES, "preset": "llama", "layers": "attention*2"},
    "linear": {**SIZES, "layers": "linear_attention*2"},
    "gated": {**SIZES, "layers": "gated_linear_attention*2"},
    "mamba": {**SIZES, "preset": "mamba", "layers": "mamba*2"},
    "mamba2": {
        **SIZES,
        "layers": "mamba2*2",
        "norm": "rms",
        "positions": "none",
        "mamba2": {"head_width": 8, "state_size": 8, "chunk": 8},
    },
    "narrative": {**SIZES, "preset": "narrative", "layers": "narrative*2"},
    "hybrid": {**SIZES, "layers": "mamba attention narrative", "input_skips": True, "value_embeddings": True},
}


def recipe_of(name: str) -> Recipe:
    model = FAMILIES[name]
    training = {
        "steps": STEPS,
        "batch_tokens": 256,
        "learning_rate": 2e-2,
        "warmup_steps": 5,
        "evaluate_every": SAVED,
        "sample_every": 100,
        "checkpoint_every": SAVED,
        "precision": "fp32",
        "device": "cpu",
        "compile": "off",
    }
    return Recipe.model_validate(
        {
            "name": name,
            "corpus": {"kind": "storyworld", "stories": 40, "validation_stories": 10},
            "tokenizer": {"vocabulary_size": 280},
            "model": model,
            **({} if name == "ngram" else {"training": training}),
            "generation": {"prompts": [PROMPT], "max_tokens": NEW_TOKENS},
            "evaluation": {"stories_in_training": 2},
        }
    )


def train(name: str, run: str) -> None:
    workbench.train(recipe_of(name), Path(run), report=lambda text: None)


def stop(name: str) -> None:
    """As a user does: with Ctrl-C, two steps after a checkpoint."""
    original = workbench.Trainer._train_step

    def step(self):
        if self.step == STOPPED:
            raise KeyboardInterrupt
        return original(self)

    workbench.Trainer._train_step = step
    try:
        train(name, f"runs/{name}")
    except KeyboardInterrupt:
        pass
    finally:
        workbench.Trainer._train_step = original


def told(run: str) -> dict[str, list[str]]:
    narrator = Narrator.load(run, "last")
    return {
        "greedy": narrator.tell(PROMPT, temperature=0.0),
        "sampled": narrator.tell(PROMPT, 2, temperature=0.9, top_p=0.95, seed=5),
    }


def weights(run: str) -> dict[str, torch.Tensor]:
    return load_model_tensors(newest_checkpoint(Path(run) / "checkpoints"))


def hash_of(tensors: dict[str, torch.Tensor]) -> str:
    digest = hashlib.sha256()
    for name, tensor in sorted(tensors.items()):
        digest.update(name.encode() + tensor.contiguous().reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def curve(run: str) -> list[dict]:
    """Every record but how long it took."""
    lines = (Path(run) / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    clock = {"seconds", "tokens_per_second"}
    return [{key: value for key, value in json.loads(line).items() if key not in clock} for line in lines]


def in_transformers(folder: str) -> list[int]:
    tokenizer = Tokenizer.load(Path("runs/softmax/tokenizer.json"))
    ids = torch.tensor([[tokenizer.end_of_text, *tokenizer.encode(PROMPT)]])
    model = open_in_transformers(Path(folder))
    return model.generate(ids, do_sample=False, max_new_tokens=NEW_TOKENS)[0].tolist()


def main(archive: Path) -> None:
    expected: dict = {"machine": machine(), "runs": {}, "exports": {}}
    os.makedirs("whole")
    for name in FAMILIES:
        if name == "ngram":
            train(name, f"runs/{name}")
        else:
            stop(name)
        one = {"told": told(f"runs/{name}")}
        shutil.copytree(f"runs/{name}", f"whole/{name}")
        if name != "ngram":
            train(name, f"whole/{name}")
            train(name, f"undisturbed/{name}")
            assert hash_of(weights(f"whole/{name}")) == hash_of(weights(f"undisturbed/{name}"))
            one["curve"] = curve(f"whole/{name}")
        one["weights"] = hash_of(weights(f"whole/{name}"))
        expected["runs"][name] = one
    for name, folder in (("softmax", "exports/known"), ("hybrid", "exports/own")):
        export_hugging_face(Path(f"runs/{name}"), Path(folder), "last")
        expected["exports"][folder] = {"tokens": in_transformers(folder)}
    for name in ("softmax", "mamba"):
        export_gguf(Path(f"runs/{name}"), Path(f"exports/{name}.gguf"), "f32", "last")
    for source in ("exports/known", "exports/softmax.gguf", "exports/mamba.gguf"):
        import_model(source, run=Path("imported") / Path(source).stem)
        expected["exports"].setdefault(source, {})["told"] = told(f"imported/{Path(source).stem}")
    Path("expected.json").write_text(json.dumps(expected, indent=1), encoding="utf-8")
    keep = [Path("expected.json"), *(path for name in ("data", "runs", "exports") for path in Path(name).rglob("*"))]
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as out:
        for path in sorted(path for path in keep if path.is_file()):
            out.write(path)
    print(f"{archive}: {archive.stat().st_size:,} bytes")


if __name__ == "__main__":
    place = Path(sys.argv[1]).resolve()
    os.chdir(tempfile.mkdtemp())
    main(place)
