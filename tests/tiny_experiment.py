"""A folder with a recipe and two trained runs, as examples of the Python API find it."""

import contextlib
from pathlib import Path

import pocket_narrator
from pocket_narrator.files.atomic import write_text

RECIPE = """\
name: tiny
corpus: {kind: storyworld, stories: 60, validation_stories: 20}
tokenizer: {vocabulary_size: 300}
model: {layers: attention*2, width: 32, heads: 2, context: 64}
training:
  {steps: 8, batch_tokens: 512, warmup_steps: 2, evaluate_every: 4, sample_every: 4, checkpoint_every: 4, device: cpu,
   precision: fp32, compile: "off"}
generation: {max_tokens: 20}
"""


def make_experiment(folder: Path) -> Path:
    """`tiny.yaml`, `runs/tiny` (attention) and `runs/other` (mamba), trained for some steps and evaluated."""
    write_text(folder / "tiny.yaml", RECIPE)
    with contextlib.chdir(folder):
        pocket_narrator.train("tiny.yaml", quiet=True)
        pocket_narrator.train("tiny.yaml", name="other", model={"layers": "mamba*2"}, quiet=True)
    return folder
