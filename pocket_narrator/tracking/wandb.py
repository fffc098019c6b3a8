"""Weights & Biases, under the keys of the earlier projects, so that new runs stand beside the old ones.

Config `data/*`, `tokenizer/*`, `model/*`, `trainer/*`, `generation/*`; history `train/loss, perplexity, lr, grad_norm`,
`epoch/number, loss_avg, perplexity_avg, val_loss, val_perplexity`, `samples/input, prediction`; summary `data/*_size`,
`training/best_val_loss, final_val_perplexity, total_duration_seconds, num_model_params, device, vocab_size, model_path`;
the tokenizer as an artifact. What they did not log (bits per byte, tokens a second) stands beside, and all samples in a table.
"""

import math
import netrc
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pocket_narrator.files.json_lines import read_json_lines
from pocket_narrator.recipe.schema import Recipe
from pocket_narrator.run.checkpoint import newest_checkpoint
from pocket_narrator.run.directory import RunDirectory
from pocket_narrator.run.identity import TOKENIZER
from pocket_narrator.tracking.earlier.wandb_keys import KEYS, SECTIONS

if TYPE_CHECKING:
    import wandb

PATIENCE_S = 15
SERVERS = ("https://api.wandb.ai", "https://api.forge.coreweave.com")  # before and since wandb 0.31


@dataclass(frozen=True)
class RunFacts:
    """What is known of a run before its first step, and not in its recipe."""

    train_stories: int
    validation_stories: int
    train_tokens: int
    vocabulary_size: int
    parameters: int | None  # none: an N-gram, before it is counted
    device: str


class WandbTracker:
    """Follows a training; a `Tracker`."""

    def __init__(
        self, run_directory: RunDirectory, recipe: Recipe, facts: RunFacts, report: Callable[[str], object]
    ) -> None:
        import wandb

        self._directory, self._recipe, self._facts = run_directory, recipe, facts
        self._losses: list[float] = []  # of the batches since the last evaluation
        self._run = open_wandb(run_directory.path, run_directory.run_id, recipe, report)
        tokenizer = wandb.Artifact(f"{run_directory.path.name}-tokenizer", type="tokenizer")
        tokenizer.add_file(str(run_directory.path / TOKENIZER))
        self._run.log_artifact(tokenizer)

    def log(self, step: int, values: dict[str, float]) -> None:
        found = {KEYS.get(name, f"train/{name}"): value for name, value in values.items()}
        if "loss" in values:
            self._losses.append(values["loss"])
            found["train/perplexity"] = perplexity(values["loss"])
        if "tokens" in values:
            found["epoch/number"] = values["tokens"] / max(self._facts.train_tokens, 1)
        if "validation_loss" in values and self._losses:
            mean = sum(self._losses) / len(self._losses)
            found |= {"epoch/loss_avg": mean, "epoch/perplexity_avg": perplexity(mean)}
            self._losses.clear()
        self._run.log(found, step=step)

    def text(self, step: int, name: str, text: str) -> None:
        """The sample, and a table of all samples of the record, which has this one already."""
        import wandb

        records = read_json_lines(self._directory.path / "samples.jsonl", report=lambda _: None)
        rows: list[Any] = [
            [record["step"], *self._split(record["text"])] for record in records if record["step"] <= step
        ]
        _, prompt, told = rows[-1]
        table = wandb.Table(columns=["step", "input", "prediction"], data=rows)
        self._run.log({"samples/input": prompt, "samples/prediction": told, "samples/table": table}, step=step)

    def close(self) -> None:
        self._run.summary.update(self._summary())
        finish(self._run)

    def _split(self, text: str) -> tuple[str, str]:
        prompt = self._recipe.generation.prompts[0]
        return (prompt, text.removeprefix(prompt)) if text.startswith(prompt) else ("", text)

    def _summary(self) -> dict[str, Any]:
        facts = self._facts
        records = list(read_json_lines(self._directory.path / "metrics.jsonl", report=lambda _: None))
        losses = [r["validation_loss"] for r in records if r.get("validation_loss") is not None]
        checkpoint = newest_checkpoint(self._directory.checkpoints, report=lambda _: None)
        found = {
            "data/train_size": facts.train_stories,
            "data/val_size": facts.validation_stories,
            "training/best_val_loss": min(losses, default=None),
            "training/final_val_perplexity": perplexity(losses[-1]) if losses else None,
            "training/total_duration_seconds": max((r.get("seconds") or 0 for r in records), default=None),
            "training/num_model_params": facts.parameters,
            "training/device": facts.device,
            "training/vocab_size": facts.vocabulary_size,
            "training/model_path": None if checkpoint is None else f"checkpoints/{checkpoint.name}",
        }
        return {key: value for key, value in found.items() if value is not None}


def open_wandb(folder: Path, run_id: str, recipe: Recipe, report: Callable[[str], object]) -> "wandb.Run":
    """The W&B run of a run directory, for going on with it too: WANDB_MODE if it is set, else online if there is a key, else
    offline, which is reported."""
    import wandb

    mode = os.environ.get("WANDB_MODE") or ("online" if has_wandb_key() else None)
    if mode is None:
        report(f"W&B has no key here and stays offline; to upload later: wandb sync {folder}/wandb/offline-run-*")
    return wandb.init(
        project=recipe.tracking.wandb_project,
        id=run_id,
        name=folder.name,
        dir=folder,
        config=dict(_flat(recipe.model_dump(mode="json"))),
        resume="allow",
        mode=mode or "offline",  # type: ignore[arg-type]
        settings=wandb.Settings(
            silent=True, console="off", disable_git=True, disable_code=True, init_timeout=PATIENCE_S
        ),
    )


def finish(run: "wandb.Run") -> None:
    """Waits for the upload, but not for long: TimeoutError."""
    finishing = threading.Thread(target=run.finish, daemon=True)
    finishing.start()
    finishing.join(PATIENCE_S)
    if finishing.is_alive():
        raise TimeoutError(f"the upload was not finished within {PATIENCE_S} s")


def perplexity(loss: float) -> float:
    return math.exp(loss) if loss < 50 else math.inf


def _flat(tree: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """`model/mamba/expand` and so on; sections under the earlier projects' names."""
    for key, value in tree.items():
        name = f"{above}/{key}" if above else SECTIONS.get(key, key)
        if isinstance(value, Mapping):
            yield from _flat(value, name)
        else:
            yield name, value


def has_wandb_key() -> bool:
    """Whether a key for the W&B server is in the environment or in the user's netrc file."""
    if os.environ.get("WANDB_API_KEY"):
        return True
    server = os.environ.get("WANDB_BASE_URL")
    hosts = [urlsplit(url).netloc for url in ([server] if server else SERVERS)]
    named = os.environ.get("NETRC")
    for path in [named] if named else ["~/.netrc", "~/_netrc"]:
        try:
            known = netrc.netrc(os.path.expanduser(path))  # as it is, for a user without a home
            if any(known.authenticators(host) for host in hosts):
                return True
        except (OSError, netrc.NetrcParseError):
            continue
    return False
