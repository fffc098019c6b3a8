"""A run directory with a small random model, made from files in a moment."""

import random
from pathlib import Path

import torch

from pocket_narrator.models.stack import DecoderStack
from pocket_narrator.recipe.loading import load_recipe
from pocket_narrator.run.checkpoint import save_checkpoint
from pocket_narrator.run.directory import RunDirectory
from pocket_narrator.tokens.prepare import prepare

WORDS = [
    "the",
    "a",
    "cat",
    "dog",
    "caf\u00e9",
    "once",
    "was",
    "happy",
    "sad",
    "said",
    "to",
    "and",
    "ball",
    "saw",
    "\U0001f642",
]
CORPUS = Path("stories.txt")
RUN = Path("runs/tiny")
STEPS = (3, 5)  # of the checkpoints; the first one is the best


def write_corpus() -> None:
    """A few hundred stories of random words, in the current folder."""
    pick = random.Random(1)
    stories = [" ".join(pick.choices(WORDS, k=pick.randint(5, 60))) + "." for _ in range(300)]
    CORPUS.write_text("".join(f"{story}\n<|endoftext|>\n" for story in stories), encoding="utf-8")


def make_run(*overrides: str, endless: bool = False) -> Path:
    """Trains nothing: two checkpoints of random weights, below the current folder, as training leaves them.

    endless: the end of text is never the likeliest token.
    """
    write_corpus()
    sizes = [
        "model.layers=attention*2",
        "model.width=32",
        "model.heads=4",
        "model.context=32",
        "training.batch_tokens=512",
    ]
    corpus = ["corpus={kind: files, train: stories.txt}", "tokenizer.vocabulary_size=300", "generation.max_tokens=30"]
    recipe = load_recipe(["storyworld-quick"], [*corpus, *sizes, "name=tiny", *overrides])
    prepared = prepare(recipe)
    data = {"corpus_hash": prepared.corpus_hash, "floor_bits_per_byte": prepared.floor_bits_per_byte}
    with RunDirectory.open_or_create(RUN, recipe, prepared.folder / "tokenizer.json", data) as run:
        for step in STEPS:
            torch.manual_seed(step)
            stack = DecoderStack(recipe.model, prepared.tokenizer.vocabulary_size)
            if endless:
                stack.head_weight.detach()[prepared.tokenizer.end_of_text] = 0
            save_checkpoint(run.checkpoints, step, stack.state_dict(), {}, {})
        run.set_best(STEPS[0], 3.0)
    return RUN
