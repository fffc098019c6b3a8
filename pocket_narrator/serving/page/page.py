"""The page: what stands on it, and what happens when somebody uses it."""

from collections.abc import Sequence

import gradio as gr

from pocket_narrator.serving.page import drawing
from pocket_narrator.serving.page.controls import MOST_TOKENS, another_seed
from pocket_narrator.serving.page.readers import NOBODY, Readers
from pocket_narrator.serving.page.storytellers import Storyteller

OPENINGS = (
    "Once upon a time",
    "One day, a little girl named Lily found",
    "The old dog looked at the moon and",
    '"Where is my red ball?" asked Tom.',
)
MOST_OPENINGS = 6


def build_page(readers: Readers) -> gr.Blocks:
    """Gradio's page over models whose workers run."""
    storytellers = readers.storytellers
    names = [one.name for one in storytellers]
    with gr.Blocks(title="pocket-narrator", analytics_enabled=False, fill_width=True) as page:
        gr.HTML(drawing.HEADER, elem_id="top")
        with gr.Row(elem_id="desk", equal_height=False):
            with gr.Column(elem_id="compose"):
                prompt = gr.Textbox(
                    "Once upon a time", label="Prompt", lines=3, max_lines=8, elem_id="prompt", autofocus=True
                )
                with gr.Row(elem_id="buttons"):
                    tell = gr.Button("Generate", variant="primary", elem_id="tell")
                    stop = gr.Button("Stop", variant="stop", elem_id="stop", visible=False)
                    another = gr.Button("Try again", elem_id="another", interactive=False)
                gr.Examples(_openings(storytellers), prompt, label="Examples", elem_id="openings")
            with gr.Column(elem_id="stories"):
                problem = gr.HTML(visible=False, elem_id="problem")
                with gr.Row(elem_id="side-by-side", equal_height=False):
                    left = gr.HTML(drawing.NOTHING_YET, elem_id="left")
                    right = gr.HTML(visible=False, elem_id="right")
                with gr.Row(elem_id="colours"):
                    gr.Checkbox(label="Highlight surprising words", elem_id="surprise", container=False)
                    gr.HTML(drawing.LEGEND, elem_id="legend")
            with gr.Column(elem_id="settings"):
                with gr.Group(visible=len(names) > 1, elem_id="models"):
                    name = gr.Dropdown(names, value=names[0], label="Model", elem_id="model")
                    beside = names[1] if len(names) > 1 else NOBODY
                    other = gr.Dropdown([NOBODY, *names], value=beside, label="Compare with", elem_id="other")
                values = _controls(storytellers[0])
        telling = {
            "fn": readers.tell,
            "inputs": [prompt, name, other, *values],
            "outputs": [left, right, problem, tell, stop, another],
            "preprocess": False,  # what the browser sends is looked at by us, so that all errors are shown alike
            "show_progress": "hidden",
            "concurrency_limit": None,  # how many are told at once is the workers' affair
            "api_visibility": "private",
        }
        aside = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
        gr.on([tell.click, prompt.submit], **telling)
        another.click(another_seed, None, values[-1], **aside).then(**telling)
        stop.click(readers.stop, None, None, **aside)
        page.unload(readers.stop)
    return page


def _openings(storytellers: Sequence[Storyteller]) -> list[list[str]]:
    """The recipes' own first, then such as small stories begin with."""
    own = [prompt for one in storytellers for prompt in one.narrator.generation.prompts]
    return [[opening] for opening in list(dict.fromkeys([*own, *OPENINGS]))[:MOST_OPENINGS]]


def _controls(storyteller: Storyteller) -> list[gr.Slider | gr.Number]:
    """In the order of `Controls`, with the recipe's values."""
    recipe = storyteller.narrator.options()
    temperature = _slider(
        "Temperature",
        "temperature",
        (0, max(2, recipe.temperature), 0.05),
        recipe.temperature,
        "Lower is safer, higher is wilder; 0 always takes the most likely token.",
    )
    with gr.Accordion("More controls", open=False, elem_id="more"):
        top_p = _slider("Top-p", "top-p", (0.05, 1, 0.01), recipe.top_p or 1, "1: off")
        top_k = _slider("Top-k", "top-k", (0, max(200, recipe.top_k or 0), 1), recipe.top_k or 0, "0: off")
        min_p = _slider("Min-p", "min-p", (0, 1, 0.01), recipe.min_p or 0, "0: off")
        highest = max(2, recipe.repetition_penalty)
        penalty = _slider("Repetition penalty", "penalty", (1, highest, 0.05), recipe.repetition_penalty, "1: off")
        tokens = min(recipe.max_tokens, MOST_TOKENS)
        length = _slider("Max tokens", "length", (1, MOST_TOKENS, 1), tokens, "New tokens of a story")
    seed = gr.Number(
        another_seed,
        label="Seed",
        info="The same seed gives the same story; empty: a new one.",
        precision=0,
        elem_id="seed",
    )
    return [temperature, top_p, top_k, min_p, penalty, length, seed]


def _slider(label: str, name: str, steps: tuple[float, float, float], value: float, info: str) -> gr.Slider:
    """steps: lowest, highest, and how far apart."""
    lowest, highest, step = steps
    return gr.Slider(lowest, highest, value=value, step=step, label=label, info=info, elem_id=name)
