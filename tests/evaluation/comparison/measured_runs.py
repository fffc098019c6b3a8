"""Run directories as `narrator evaluate` leaves them, from made-up scores; nothing is trained and no model is there."""

import hashlib
from pathlib import Path

import numpy as np

from pocket_narrator.evaluation.likelihood.story_scores import SingleScores, write_figures
from pocket_narrator.files.atomic import write_text
from pocket_narrator.recipe.cost import count_parameters
from pocket_narrator.recipe.loading import load_recipe
from pocket_narrator.run.identity import RunIdentity

BYTES_S = np.random.default_rng(7).integers(300, 900, 50)


def measured_run(
    folder: Path,
    name: str,
    bits_per_byte: float = 1.0,
    *,
    seed: int = 0,
    tokenizer: str = "a" * 64,
    corpus: str = "c" * 64,
    stories: int = 50,
    steps: int = 100,
    overrides: tuple[str, ...] = (),
) -> Path:
    """Scores scatter around `bits_per_byte` alike for every run of the same stories, and a little by seed and name."""
    path = folder / name
    path.mkdir(parents=True)
    recipe = load_recipe(["storyworld-quick"], [f"name={name}", f"training.seed={seed}", *overrides])
    write_text(path / "some-tokenizer.json", "{}")
    floor = {"corpus_hash": corpus, "floor_bits_per_byte": 0.2, "floor_standard_error": 0.001}
    RunIdentity.create(path, recipe, path / "some-tokenizer.json", floor)
    bytes_S = BYTES_S[:stories]
    hard_S = np.random.default_rng(8).normal(0, 0.1, 50)[:stories]
    own_S = np.random.default_rng(int(hashlib.sha256(name.encode()).hexdigest()[:8], 16)).normal(0, 0.01, stories)
    nats_S = (bits_per_byte + hard_S + own_S) * bytes_S * np.log(2)
    tokens_S = bytes_S // 4
    scores = SingleScores(np.arange(stories), nats_S, tokens_S, bytes_S)
    count = count_parameters(recipe.model, 2048)
    tokens = steps * recipe.training.batch_tokens
    loss, bits = nats_S.sum() / tokens_S.sum(), nats_S.sum() / bytes_S.sum() / np.log(2)
    parts = [{"first": 16 * i, "last": 16 * i + 15, "loss": 3 - i / 10, "tokens": 100} for i in range(4)]
    figures = {
        "protocol": {
            "run": name,
            "step": steps,
            "split": "validation",
            "split_stories": 50,
            "context": recipe.model.context,
            "stride": recipe.model.context // 2,
            "precision": "fp32",
            "tokenizer": tokenizer,
            "vocabulary_size": 2048,
            "corpus_hash": corpus,
            "parameters": count.parameters,
            "non_embedding_parameters": count.non_embedding_parameters,
            "training_tokens": tokens,
            "training_flops": tokens * count.training_flops_per_token,
            "seed": seed,
        },
        "likelihood": {
            "loss": loss,
            "perplexity": float(np.exp(loss)),
            "bits_per_byte": bits,
            "loss_interval": [loss - 0.1, loss + 0.1],
            "perplexity_interval": [1.0, 2.0],
            "bits_per_byte_interval": [bits - 0.01, bits + 0.01],
            "stories": stories,
            "tokens": int(tokens_S.sum()),
            "bytes": int(bytes_S.sum()),
        },
        "floor": None,
        "second_half": {"loss": 2.0, "perplexity": 7.4, "perplexity_interval": [7.0, 8.0], "tokens": 100},
        "by_position": parts,
        "by_tenth": parts,
    }
    write_figures(path / "evaluation", figures, scores)
    lines = [
        f'{{"step": {s}, "loss": {5 - s / steps}, "tokens": {s * 10}, "tokens_per_second": {1000 + s}, "seconds": {s / 10}}}\n'
        for s in range(10, steps + 20, 10)
    ]
    write_text(
        path / "metrics.jsonl", "".join([*lines, f'{{"step": {steps}, "validation_bits_per_byte": 1.1}}\n', "torn"])
    )
    return path
