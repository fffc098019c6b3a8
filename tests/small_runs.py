"""Training runs small enough for tests, and all that two runs must have in common to be the same run."""

import hashlib
import random
from pathlib import Path
from typing import Any

import torch

from pocket_narrator.files.atomic import write_text
from pocket_narrator.files.json_lines import read_json_lines
from pocket_narrator.recipe.schema import Recipe
from pocket_narrator.run.checkpoint import checkpoint_step, load_checkpoint, newest_checkpoint

WALL_CLOCK = {"seconds", "tokens_per_second"}
TEXT = "the a cat dog bird fox sat ran saw found lost red big small happy sad tree house ball cake and then with to"


def write_stories(path: Path, stories: int, seed: int) -> Path:
    """Nonsense in the `<|endoftext|>` layout: 20 to 60 words a story."""
    chance, words = random.Random(seed), TEXT.split()
    told = [" ".join(chance.choices(words, k=chance.randint(20, 60))).capitalize() + "." for _ in range(stories)]
    write_text(path, "".join(f"{story}\n<|endoftext|>\n" for story in told))
    return path


def small_recipe(folder: Path, name: str = "small", model: dict | None = None, **training: Any) -> Recipe:
    """About four steps an epoch; 12 steps where nothing else is said. Its text is put into `folder` if it is not there."""
    files = {part: folder / f"{part}.txt" for part in ("train", "validation")}
    for path, stories, seed in ((files["train"], 24, 1), (files["validation"], 4, 2)):
        if not path.exists():
            write_stories(path, stories, seed)
    return Recipe.model_validate(
        {
            "name": name,
            "corpus": {"kind": "files", **{part: str(path) for part, path in files.items()}},
            "tokenizer": {"vocabulary_size": 300},
            "model": {"layers": "attention*2", "width": 32, "heads": 2, "context": 32, **(model or {})},
            "training": {
                "batch_tokens": 512,
                "warmup_steps": 3,
                "evaluate_every": 4,
                "sample_every": 5,
                "checkpoint_every": 3,
                "precision": "fp32",
                "device": "cpu",
                "compile": "off",
                **({} if "minutes" in training else {"steps": 12}),
                **training,
            },
            "generation": {"max_tokens": 8},
            "evaluation": {"stories_in_training": 2},
        }
    )


def everything_in(run: Path) -> dict[str, object]:
    """What must be the same in two runs of one recipe: every tensor and generator by its hash, every record to the bit."""
    path = newest_checkpoint(run / "checkpoints", report=_complain)
    assert path is not None
    checkpoint = load_checkpoint(path)
    tensors = {**checkpoint.model, **{f"optimizer {key}": value for key, value in checkpoint.optimizer.items()}}
    return {
        **{
            key: hashlib.sha256(value.reshape(-1).view(torch.uint8).numpy().tobytes()).hexdigest()
            for key, value in tensors.items()
        },
        **{key: checkpoint.state[key] for key in ("tokens", "random", "best", "scaler")},
        "step": checkpoint.step,
        "metrics": [_exact(record) for record in read_json_lines(run / "metrics.jsonl", report=_complain)],
        "samples": [_exact(record) for record in read_json_lines(run / "samples.jsonl", report=_complain)],
        "best.json": (run / "best.json").read_bytes(),
    }


def newest_step(run: Path) -> int:
    """Of the checkpoints, whole or not; 0 before the first."""
    folder = run / "checkpoints"
    steps = [checkpoint_step(path) or 0 for path in folder.iterdir()] if folder.is_dir() else []
    return max(steps, default=0)


def assert_same_run(found: Path, expected: Path) -> None:
    """Says by name what differs."""
    one, other = everything_in(found), everything_in(expected)
    assert one.keys() == other.keys()
    assert [key for key in one if one[key] != other[key]] == []


def damage(path: Path) -> None:
    """Flips one bit in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def _exact(record: dict) -> dict[str, object]:
    values = {key: value for key, value in record.items() if key not in WALL_CLOCK}
    return {key: value.hex() if isinstance(value, float) else value for key, value in values.items()}


def _complain(message: str) -> None:
    raise AssertionError(message)
