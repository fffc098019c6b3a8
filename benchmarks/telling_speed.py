"""Telling with our engine beside Hugging Face's models with their cache and llama.cpp, in one run.

python benchmarks/telling_speed.py [--shapes llama-9m,llama-30m,mamba-6m] [--batches 1,32] [--only "ours,Hugging Face"]
    [--tokens 200] [--repeats 5] [--threads 2] [--json FILE]

Greedy, `tokens` new ones after a beginning of 10, the beginning's reading included; random weights; vocabulary 10,000. `at once` counts
the tokens of all stories. Every contestant is a process of its own, asked for one turn after the other so that a drifting
machine hurts all alike, and only one computes at a time. llama.cpp takes part where llama-cpp-python and gguf are installed, with
the GGUF file that our export writes of the same weights, driven by its own batch interface; Hugging Face's class, by `generate`.
Bars: one story of the 9M shape, our best precision at least llama.cpp's F16, ours in fp32 at least 6 times Hugging Face's
(Mamba: 8 times); 32 stories, at least 4 times llama.cpp's best.
"""

import argparse
import importlib.util
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from contestants import add_options, answer_of, contestant, environment_of, take_turns, turn_of
from machine import describe_machine

from pocket_narrator.files.atomic import write_text

VOCABULARY, CONTEXT, PROMPT = 10_000, 256, 10
SHAPES: dict[str, dict[str, Any]] = {
    "llama-9m": {"preset": "llama", "layers": "attention*8", "width": 256, "heads": 8},
    "llama-30m": {"preset": "llama", "layers": "attention*8", "width": 512, "heads": 8, "feed_forward_width": 1376},
    "mamba-6m": {"preset": "mamba", "layers": "mamba*8", "width": 256},
}
OURS = {f"ours {precision}": precision for precision in ("fp32", "bf16", "int8")}
LLAMA_CPP = {f"llama.cpp {kind}": kind for kind in ("f32", "f16", "q8_0")}
EXTRA_BUFFERS = False  # compiled by gcc 12 they crash: it leaves out what is stored for ldtilecfg
CONTESTANTS = [*OURS, "Hugging Face fp32", *LLAMA_CPP]

Turn = Callable[[], None]  # tells all stories once


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shapes", default=",".join(SHAPES))
    parser.add_argument("--batches", default="1,32")
    parser.add_argument("--tokens", type=int, default=200)
    add_options(parser)
    parser.add_argument("--contestant", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.contestant:
        compete(arguments)
        return
    names = [name for name in CONTESTANTS if name.startswith(tuple(arguments.only.split(",")))]
    if importlib.util.find_spec("llama_cpp") is None or importlib.util.find_spec("gguf") is None:
        names = [name for name in names if name not in LLAMA_CPP]
        print("llama.cpp takes no part: pip install llama-cpp-python gguf", file=sys.stderr)
    machine = describe_machine()
    print(f"{machine}, {arguments.threads} threads\n", flush=True)
    found: dict[str, dict[str, list[dict[str, float]]]] = {}
    for shape in arguments.shapes.split(","):
        for batch in map(int, arguments.batches.split(",")):
            title = f"{shape}, {batch} at once"
            found[title] = measure(shape, batch, names, arguments)
            print("\n".join([f"**{title}**", "", *table(found[title]), ""]), flush=True)
    if arguments.json:
        write_text(arguments.json, json.dumps({"machine": machine, "turns": found}, indent=2) + "\n")


def measure(
    shape: str, batch: int, names: list[str], arguments: argparse.Namespace
) -> dict[str, list[dict[str, float]]]:
    """Tokens a second of each contestant's turns."""
    command = [sys.executable, __file__, "--shapes", shape, "--batches", str(batch), "--tokens", str(arguments.tokens)]
    command += ["--threads", str(arguments.threads)]
    turns: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    with ExitStack() as stack:
        processes = {}
        for name in names:
            environment = environment_of(not name.startswith("ours")) | {"OMP_NUM_THREADS": str(arguments.threads)}
            processes[name] = stack.enter_context(contestant([*command, "--contestant", name], env=environment))
        for process in processes.values():
            answer_of(process)  # ready
        for _ in range(arguments.repeats):
            for name, process in processes.items():
                turns[name].append(turn_of(process))
    return turns


def table(turns: dict[str, list[dict[str, float]]]) -> list[str]:
    """Medians, their spread, and how many times each slower contestant ours are."""
    medians = {name: statistics.median(turn["rate"] for turn in of) for name, of in turns.items()}
    ours = [name for name in medians if name.startswith("ours")]
    head = "".join(f" {name} is |" for name in ours)
    lines = [f"| contestant | tokens a second | spread | others' cores |{head}", "|---" * (4 + len(ours)) + "|"]
    for name, of in turns.items():
        rates = [turn["rate"] for turn in of]
        cells = "".join(f" {medians[mine] / medians[name]:.2f} x |" for mine in ours)
        spread = (max(rates) - min(rates)) / medians[name]
        others = max(turn["others"] for turn in of)
        lines.append(f"| {name} | {medians[name]:,.0f} | {spread:.0%} | {others:.2f} |{cells}")
    return lines


# ---- in a contestant's process


def compete(arguments: argparse.Namespace) -> None:
    name, batch = arguments.contestant, int(arguments.batches)
    if name in OURS:
        from pocket_narrator.process.allocator import keep_freed_memory
        from pocket_narrator.process.openmp import wait_briefly

        keep_freed_memory()
        wait_briefly()
    import torch

    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    make = ours if name in OURS else hugging_face if name.startswith("Hugging") else llama_cpp
    turn = make(arguments.shapes, name, batch, arguments.tokens)
    turn()

    def all_stories() -> int:
        turn()
        return batch * arguments.tokens

    take_turns({"ready": name}, all_stories)


def make_stack(shape: str) -> Any:
    from pocket_narrator.models.stack import DecoderStack
    from pocket_narrator.recipe.schema import ModelConfig

    return DecoderStack(ModelConfig(**SHAPES[shape], context=CONTEXT), VOCABULARY).eval()


def prompts_of(batch: int) -> list[list[int]]:
    return [[3 + (7 * place + 13 * row) % 200 for place in range(PROMPT)] for row in range(batch)]


def ours(shape: str, name: str, batch: int, tokens: int) -> Turn:
    from pocket_narrator.generation.engine import Engine
    from pocket_narrator.generation.sampling import SamplingOptions

    engine = Engine(make_stack(shape), 0, batch, OURS[name])  # type: ignore[arg-type]
    options = SamplingOptions(temperature=0, max_tokens=tokens)

    def turn() -> None:
        engine.end_of_text = 0
        for prompt in prompts_of(batch):
            engine.submit(prompt[1:], options)  # end-of-text is the first of the ten
        engine.end_of_text = -1  # no story ends by itself
        told = 0
        while not engine.is_idle:
            told += len(engine.step())
        assert told == batch * tokens

    return turn


def hugging_face(shape: str, name: str, batch: int, tokens: int) -> Turn:
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    from pocket_narrator.interop.hugging_face.classes import to_known_class

    stack = make_stack(shape)
    config = to_known_class(stack.model, VOCABULARY, stack.state_dict()).config
    model = AutoModelForCausalLM.from_config(AutoConfig.for_model(**config)).eval()
    ids = torch.tensor(prompts_of(batch))
    options = {
        "max_new_tokens": tokens,
        "min_new_tokens": tokens,
        "do_sample": False,
        "use_cache": True,
        "pad_token_id": 0,
    }

    @torch.inference_mode()
    def turn() -> None:
        told = model.generate(ids, attention_mask=torch.ones_like(ids), **options)
        assert told.shape == (batch, PROMPT + tokens)

    return turn


def llama_cpp(shape: str, name: str, batch: int, tokens: int) -> Turn:
    """Its own batch interface: one decode a step for all stories, the likeliest token by numpy."""
    import ctypes
    import random

    import llama_cpp as library
    import numpy as np

    from pocket_narrator.interop.gguf.file import to_gguf_terms, write_gguf
    from pocket_narrator.tokenizers.bpe import train_bpe

    pick, letters = random.Random(0), "etaoinshrdlucmfwyp"
    words = " ".join("".join(pick.choices(letters, k=pick.randint(2, 9))) for _ in range(60_000))
    tokenizer = train_bpe([words], VOCABULARY)
    assert tokenizer.vocabulary_size == VOCABULARY
    stack = make_stack(shape)
    foreign = to_gguf_terms(stack.model, VOCABULARY, stack.state_dict())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.gguf"
        write_gguf(path, foreign, tokenizer, shape, stack.model.rope_base, LLAMA_CPP[name])  # type: ignore[arg-type]
        quiet = library.llama_log_callback(lambda *_: None)
        library.llama_log_set(quiet, ctypes.c_void_p(0))
        library.llama_backend_init()
        loading = library.llama_model_default_params()
        loading.use_extra_bufts = EXTRA_BUFFERS  # products of Q8_0 in tiles
        model = library.llama_model_load_from_file(str(path).encode(), loading)
    parameters = library.llama_context_default_params()
    parameters.n_ctx, parameters.n_batch, parameters.n_seq_max = CONTEXT * batch, 512, batch
    parameters.n_threads = parameters.n_threads_batch = int(os.environ["OMP_NUM_THREADS"])
    context = library.llama_init_from_model(model, parameters)
    memory = library.llama_get_memory(context)
    rows = library.llama_batch_init(512, 0, batch)

    def put(place: int, token: int, position: int, story: int, wanted: bool) -> None:
        rows.token[place], rows.pos[place], rows.n_seq_id[place] = token, position, 1
        rows.seq_id[place][0], rows.logits[place] = story, int(wanted)

    def turn() -> None:
        library.llama_memory_clear(memory, True)
        places = []
        for story, prompt in enumerate(prompts_of(batch)):
            for position, token in enumerate(prompt):
                put(story * PROMPT + position, token, position, story, position == PROMPT - 1)
            places.append(story * PROMPT + PROMPT - 1)
        rows.n_tokens = batch * PROMPT
        for step in range(tokens):
            assert library.llama_decode(context, rows) == 0
            for story, place in enumerate(places):
                logits = np.ctypeslib.as_array(library.llama_get_logits_ith(context, place), (VOCABULARY,))
                put(story, int(logits.argmax()), PROMPT + step, story, True)
            rows.n_tokens, places = batch, list(range(batch))

    turn.keep = quiet  # type: ignore[attr-defined]  # a callback that the library still holds
    return turn


if __name__ == "__main__":
    main()
