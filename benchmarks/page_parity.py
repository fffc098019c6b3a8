"""Pages beside `narrator tell`: their size, and whether they generate the same tokens.

    python benchmarks/page_parity.py runs/a runs/b          # pages of runs
    python benchmarks/page_parity.py --recipes llama-9m narrative-1m   # of recipes, with weights that nobody has trained

Of each run a page is made (int8; an N-gram in its own numbers; --precision fp32), opened in Node, and given --prompts beginnings of
StoryWorld's stories with a seed each. Counted are the tokens that it chooses as the run does after the same tokens, and the stories
that are the same to their end.
"""

import argparse
import shutil
import tempfile
from pathlib import Path

from pocket_narrator.generation.narrator import Narrator
from pocket_narrator.interop.page.bundle import one_file
from pocket_narrator.interop.page.export import LARGEST_PAGE
from pocket_narrator.interop.page.model_file import make_model_file
from pocket_narrator.interop.page.proof import Expected, tell_in_node
from pocket_narrator.models.ngram import NGramModel
from pocket_narrator.recipe.loading import load_recipe
from pocket_narrator.run.checkpoint import save_checkpoint
from pocket_narrator.run.directory import RunDirectory
from pocket_narrator.run.loading import LoadedRun, load_trained
from pocket_narrator.storyworld.story import make_story
from pocket_narrator.tokens.prepare import prepare
from tests.models.stacks import make_stack

FACTOR, ROOM = 1.40, 150_000  # of the goal: bytes a weight, and bytes for everything else


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="*", type=Path)
    parser.add_argument("--recipes", nargs="*", default=[])
    parser.add_argument("--precision", choices=["int8", "fp32"], default="int8")
    parser.add_argument("--prompts", type=int, default=100)
    parser.add_argument("--tokens", type=int, default=60)
    chosen = parser.parse_args()
    node = shutil.which("node")
    if node is None:
        raise SystemExit("Node is needed")
    print("| run | weights | page, MB | of the goal | tokens alike | stories alike |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as room:
        for run in [*chosen.runs, *(untrained(name, Path(room)) for name in chosen.recipes)]:
            print(compare(run, chosen.precision, chosen.prompts, chosen.tokens, node, Path(room)), flush=True)


def compare(run: Path, wanted: str, prompts: int, tokens: int, node: str, room: Path) -> str:
    trained = load_trained(run)
    precision = "fp32" if isinstance(trained.model, NGramModel) else wanted
    made = make_model_file(trained, precision, 4 * LARGEST_PAGE, "")
    page = room / "page.html"
    page.write_text(one_file(made.title, made.about, made.prompt, made.raw), encoding="utf-8", newline="\n")
    size, goal = page.stat().st_size, FACTOR * made.weights * (1 if precision == "int8" else 4) + ROOM
    expected = stories(trained, precision, prompts, tokens)
    told = tell_in_node(node, page, expected)["stories"]
    alike = [
        sum(a == b for a, b in zip(one.tokens, theirs, strict=True)) for one, theirs in zip(expected, told, strict=True)
    ]
    whole = sum(count == len(one.tokens) for count, one in zip(alike, expected, strict=True))
    all_tokens = sum(len(one.tokens) for one in expected)
    return (
        f"| {trained.recipe.name}, {precision} | {made.weights:,} | {size / 1e6:.2f} | {size / goal:.2f} | "
        f"{sum(alike):,} of {all_tokens:,} ({sum(alike) / all_tokens:.2%}) | {whole} of {prompts} |"
    )


def stories(trained: LoadedRun, precision: str, prompts: int, tokens: int) -> list[Expected]:
    narrator = Narrator(trained.model, trained.tokenizer, trained.recipe.generation, precision)  # type: ignore[arg-type]
    found = []
    for number in range(prompts):
        prompt = make_story(number, 7).text[: 10 + number % 50]
        options = {"seed": number, "max_tokens": tokens}
        told = [token.token for token in narrator.stream_all([prompt], 1, **options)]
        found.append(Expected(prompt, options, told))
    return found


def untrained(name: str, room: Path) -> Path:
    """A run of a recipe whose weights are random, and large enough that every part of the model matters."""
    recipe = load_recipe([name], ["corpus.kind=storyworld", "corpus.stories=2000", "corpus.validation_stories=50"])
    prepared = prepare(recipe, room / "data")
    model, _ = recipe.stack()
    with RunDirectory.open_or_create(
        room / name, recipe, prepared.folder / "tokenizer.json", {"corpus_hash": prepared.corpus_hash}
    ) as directory:
        stack = make_stack(model, prepared.tokenizer.vocabulary_size)
        save_checkpoint(directory.checkpoints, 1, stack.state_dict(), {}, {})
    return room / name


if __name__ == "__main__":
    main()
