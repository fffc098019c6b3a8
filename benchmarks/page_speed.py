"""How fast a page generates, and how soon: headless Chromium, one thread, by shape and precision.

    python benchmarks/page_speed.py --shapes 15m llama-9m mamba-6m --precisions int8 fp32 --repeats 5
    python benchmarks/page_speed.py runs/own --throttle 4   # a run of one's own; the processor slowed down four times

Each page is opened anew from a file for each repeat. First word: from the navigation to the first token of a story, the opening of the
model included. Tokens a second: of a greedy story of --tokens tokens, its prompt included. Medians, and the spread: (largest - smallest) /
median. Weights are random where only a shape is named, which costs the same time.
"""

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path

from pocket_narrator.interop.page.browser import Browser, find_browser
from pocket_narrator.interop.page.bundle import one_file
from pocket_narrator.interop.page.export import LARGEST_PAGE
from pocket_narrator.interop.page.model_file import make_model_file
from pocket_narrator.models.stack import DecoderStack
from pocket_narrator.recipe.loading import load_recipe
from pocket_narrator.recipe.schema import ModelConfig
from pocket_narrator.run.loading import LoadedRun, load_trained
from pocket_narrator.storyworld.story import make_story
from pocket_narrator.tokenizers.bpe import train_bpe

SHAPES = {
    "15m": (
        ModelConfig(preset="llama", layers="attention*6", width=288, heads=6, context=256, feed_forward_width=768),
        32_000,
    ),
    "llama-9m": (
        ModelConfig(preset="llama", layers="attention*8", width=256, heads=8, context=256, feed_forward_width=704),
        10_000,
    ),
    "mamba-6m": (ModelConfig(preset="mamba", layers="mamba*8", width=256, context=256), 4096),
    "narrative-1m": (ModelConfig(preset="narrative", layers="narrative*4", width=128, context=256), 2048),
}
PROMPT = "Once upon a time"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="*", type=Path)
    parser.add_argument("--shapes", nargs="*", choices=SHAPES, default=[])
    parser.add_argument("--precisions", nargs="*", choices=["int8", "fp32"], default=["int8", "fp32"])
    parser.add_argument("--tokens", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--throttle", type=float, default=1.0, help="how many times the processor is slowed down")
    chosen = parser.parse_args()
    program = find_browser()
    if program is None:
        raise SystemExit("Chromium is needed")
    models = [load_trained(run) for run in chosen.runs] + [of_shape(name) for name in chosen.shapes]
    print(
        "| model | precision | page, MB | tokens/s | spread | first word, s | spread |\n|---|---|---|---|---|---|---|"
    )
    for trained in models:
        for precision in chosen.precisions:
            print(measure(program, trained, precision, chosen), flush=True)


def measure(program: str, trained: LoadedRun, precision: str, chosen: argparse.Namespace) -> str:
    made = make_model_file(trained, precision, 4 * LARGEST_PAGE, "")  # type: ignore[arg-type]
    rates, first = [], []
    with tempfile.TemporaryDirectory() as room:
        page = Path(room) / "page.html"
        page.write_text(one_file(made.title, made.about, made.prompt, made.raw), encoding="utf-8", newline="\n")
        size = page.stat().st_size
        for repeat in range(chosen.repeats + 1):
            with Browser(program) as browser:
                began = time.perf_counter()
                session = browser.open(page.as_uri(), throttle=chosen.throttle)
                told(browser, session, 1)
                opened = time.perf_counter() - began
                told(browser, session, chosen.tokens)  # the engine's compiler has seen it all
                began = time.perf_counter()
                count = told(browser, session, chosen.tokens)
                if repeat:  # the first one warms the files
                    rates.append(count / (time.perf_counter() - began))
                    first.append(opened)
    return (
        f"| {trained.recipe.name} | {precision} | {size / 1e6:.2f} | {statistics.median(rates):,.0f} | {spread(rates):.0%} | "
        f"{statistics.median(first):.2f} | {spread(first):.0%} |"
    )


def told(browser: Browser, session: str, tokens: int) -> int:
    """Tokens of a story that does not end: its end is read on from like any other token."""
    options = json.dumps({"temperature": 0, "max_tokens": tokens, "follow": [1 + n % 7 for n in range(tokens)]})
    return browser.evaluate(session, f"pocketNarrator({json.dumps(PROMPT)}, {options}).then(one => one.tokens.length)")


def spread(values: list[float]) -> float:
    return (max(values) - min(values)) / statistics.median(values)


def of_shape(name: str) -> LoadedRun:
    """Weights as they are before training; the vocabulary filled up with tokens that are never met."""
    model, vocabulary = SHAPES[name]
    tokenizer = train_bpe([make_story(index, 0).text for index in range(2000)], vocabulary)
    recipe = load_recipe(["storyworld-quick"], [f"name={name}"])
    return LoadedRun(DecoderStack(model, vocabulary).eval(), tokenizer, recipe, 0, Path(name), {})


if __name__ == "__main__":
    main()
