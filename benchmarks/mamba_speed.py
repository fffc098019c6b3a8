"""Training and telling with Mamba beside mamba.py and Hugging Face's Mamba, and with Mamba-2 and Mamba-3, in one run.

python benchmarks/mamba_speed.py train [--mambapy DIR] [--repeats 3] [--only NAME,..] [--threads 2] [--json FILE]
python benchmarks/mamba_speed.py tell [--repeats 3] [--only NAME,..] [--threads 2] [--json FILE]

DIR is a checkout of alxndrTL/mamba.py; Hugging Face's class comes from the installed transformers. The shape: width 256, 8
layers, state 16, vocabulary 10,000, context 256. Ours trains on 8,192 tokens a step, beside a Transformer and a narrative
model of ours with the same number of parameters; the peers on the 2,048 tokens a step that suit them best (8,192 take them
12 GB and are slower). A step is forward, loss, backward and AdamW; the peers run under the allocator setting
that suits them best, ours sets its own. `tell`: one greedy stream, after 100 tokens and after 100,000. Every turn is a process of its own, and only one
computes at a time. With --only every mixer of ours is a contestant, as "ours NAME", in a stack of as many layers: ratios are to the first that is
named, or to "ours mamba" where it takes part.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from contestants import THREADS, environment_of
from machine import OtherProcesses, describe_machine, peak_bytes

from pocket_narrator.files.atomic import write_text
from pocket_narrator.recipe.mixers import BUILT_IN

WIDTH, LAYERS, STATE, VOCABULARY, CONTEXT = 256, 8, 16, 10_000, 256
TOKENS, PEER_TOKENS = 8_192, 2_048  # a step
WARMUP_STEPS, STEPS = 2, 3
NEAR, FAR, TIMED = 100, 100_000, 200  # tokens

USUAL = {
    "train": [
        "ours mamba",
        "ours narrative",
        "ours transformer",
        "mamba.py fp32",
        "mamba.py bf16",
        "Hugging Face fp32",
    ],
    "tell": ["ours mamba", "Hugging Face"],
}

Step = Callable[[], None]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("train", "tell"))
    parser.add_argument("--mambapy", type=Path, default=Path())
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", help="some of the contestants, by name")
    parser.add_argument("--threads", type=int, default=THREADS)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--contestant", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.contestant:
        compete(arguments.what, arguments.contestant, arguments.mambapy, arguments.threads)
        return
    names = arguments.only.split(",") if arguments.only else USUAL[arguments.what]
    machine = describe_machine()
    print(f"{machine}\n", flush=True)
    answers: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for _ in range(arguments.repeats):
        for name in names:
            answer = run(arguments.what, name, arguments.mambapy, arguments.threads)
            print(f"{name}: {answer}", file=sys.stderr, flush=True)
            answers[name].append(answer)
    print("\n".join(table(answers, "tokens_per_second" if arguments.what == "train" else "near")))
    if arguments.json:
        write_text(arguments.json, json.dumps({"machine": machine, "turns": answers}, indent=2) + "\n")


def run(what: str, name: str, mambapy: Path, threads: int) -> dict[str, Any]:
    """One turn of a contestant, in a process of its own."""
    is_peer = not name.startswith("ours")
    command = [sys.executable, __file__, what, "--contestant", name, "--mambapy", str(mambapy.resolve())]
    command += ["--threads", str(threads)]
    environment = environment_of(is_peer) | {"OMP_NUM_THREADS": str(threads)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise SystemExit(f"{done.stderr[-2000:]}\n{name}: ended with exit code {done.returncode}")
    return json.loads(done.stdout.splitlines()[-1])


def table(answers: dict[str, list[dict[str, Any]]], key: str) -> list[str]:
    keys = [key for key in next(iter(answers.values()))[0] if key != "foreign"]
    lines = ["| contestant | " + " | ".join(keys) + " | of ours mamba | others |", "|---" * (len(keys) + 3) + "|"]
    ours = statistics.median(turn[key] for turn in answers.get("ours mamba", next(iter(answers.values()))))
    for name, turns in answers.items():
        cells = []
        for column in keys:
            values = [turn[column] for turn in turns]
            middle = statistics.median(values)
            if not middle:
                cells.append("-")  # not asked of this one
                continue
            spread = (
                f" ({100 * (max(values) - min(values)) / middle:.0f} %)"
                if column.endswith(("second", "near", "far"))
                else ""
            )
            cells.append(f"{middle:,.2f}{spread}" if middle < 100 else f"{middle:,.0f}{spread}")
        ratio = statistics.median(turn[key] for turn in turns) / ours
        foreign = max(turn["foreign"] or 0.0 for turn in turns)
        lines.append(f"| {name} | " + " | ".join(cells) + f" | {ratio:.3f} | {foreign:.2f} cores |")
    return lines


def compete(what: str, name: str, mambapy: Path, threads: int) -> None:
    """Runs one turn and prints its figures."""
    if name.startswith("ours"):
        from pocket_narrator.process.allocator import keep_freed_memory
        from pocket_narrator.process.openmp import wait_briefly

        keep_freed_memory()
        wait_briefly()
    import torch

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    if what == "train":
        parameters, tokens, step = TRAINERS[name](mambapy)
        for _ in range(WARMUP_STEPS):
            step()
        others = OtherProcesses()
        started = time.perf_counter()
        for _ in range(STEPS):
            step()
        speed = STEPS * tokens / (time.perf_counter() - started)
        print(
            json.dumps(
                {
                    "parameters": parameters,
                    "tokens_per_second": speed,
                    "gigabytes": peak_bytes() / 1e9,
                    "foreign": others.cores(),
                }
            )
        )
        return
    with torch.inference_mode():
        advance = TELLERS[name]()
        others = OtherProcesses()
        speeds = {"near": 0.0, "far": 0.0}
        for read, key in ((NEAR, "near"), (FAR, "far")) if name.startswith("ours") else ((NEAR, "near"),):
            while advance.read < read:
                advance()
            started = time.perf_counter()
            for _ in range(TIMED):
                advance()
            speeds[key] = TIMED / (time.perf_counter() - started)
    print(json.dumps({**speeds, "gigabytes": peak_bytes() / 1e9, "foreign": others.cores()}))


# ---- training


def ours(layers: str, **changes: object) -> Callable[[Path], tuple[int, int, Step]]:
    def build(_: Path) -> tuple[int, int, Step]:
        import torch

        from pocket_narrator.models.stack import DecoderStack
        from pocket_narrator.recipe.schema import Recipe
        from pocket_narrator.training.machine.precision import choose_machine
        from pocket_narrator.training.optimizers import Optimizers

        model = {"layers": layers, "width": WIDTH, "context": CONTEXT, "positions": "none", **changes}
        training = {"steps": 1, "batch_tokens": TOKENS, "device": "cpu"}
        recipe = Recipe.model_validate(
            {"name": "speed", "corpus": {"kind": "storyworld"}, "model": model, "training": training}
        )
        machine = choose_machine(recipe.training)
        stack = DecoderStack(recipe.model, VOCABULARY).train()
        optimizers = Optimizers(stack, recipe.training)

        def step() -> None:
            rows = torch.randint(VOCABULARY, (TOKENS // CONTEXT, CONTEXT + 1))
            with machine.autocast():
                loss = stack.loss(rows[:, :-1].contiguous(), rows[:, 1:].contiguous()) / TOKENS
            loss.backward()
            optimizers.step()

        return sum(p.numel() for p in stack.parameters()), TOKENS, step

    return build


def mamba_py(bf16: bool) -> Callable[[Path], tuple[int, int, Step]]:
    def build(checkout: Path) -> tuple[int, int, Step]:
        import torch
        from torch import nn

        sys.path.insert(0, str(checkout))
        from mambapy.mamba import Mamba, MambaConfig  # pyright: ignore[reportMissingImports]

        class Model(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.embedding = nn.Embedding(VOCABULARY, WIDTH)
                self.core = Mamba(MambaConfig(d_model=WIDTH, n_layers=LAYERS, d_state=STATE, pscan=True))
                self.head = nn.Linear(WIDTH, VOCABULARY, bias=False)
                self.head.weight = self.embedding.weight

            def forward(self, tokens: torch.Tensor) -> torch.Tensor:
                return self.head(self.core(self.embedding(tokens)))

        return torch_peer(Model(), lambda model, tokens: model(tokens), bf16)

    return build


def hugging_face(_: Path) -> tuple[int, int, Step]:
    return torch_peer(hugging_face_model(), lambda model, tokens: model(tokens, use_cache=False).logits, bf16=False)


def hugging_face_model() -> Any:
    from transformers import MambaConfig, MambaForCausalLM  # pyright: ignore[reportMissingImports]

    return MambaForCausalLM(
        MambaConfig(vocab_size=VOCABULARY, hidden_size=WIDTH, num_hidden_layers=LAYERS, state_size=STATE)
    )


def torch_peer(model: Any, logits: Callable[[Any, Any], Any], bf16: bool) -> tuple[int, int, Step]:
    import torch
    import torch.nn.functional as F

    optimizer = torch.optim.AdamW(model.train().parameters(), lr=1e-3, fused=True)

    def step() -> None:
        rows = torch.randint(VOCABULARY, (PEER_TOKENS // CONTEXT, CONTEXT + 1))
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            found = logits(model, rows[:, :-1])
            loss = F.cross_entropy(found.flatten(0, 1).float(), rows[:, 1:].flatten())
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    return sum(p.numel() for p in model.parameters()), PEER_TOKENS, step


TRAINERS: dict[str, Callable[[Path], tuple[int, int, Step]]] = {
    **{f"ours {kind.name}": ours(f"{kind.name}*{LAYERS}", mamba={"state_size": STATE}) for kind in BUILT_IN},
    "ours transformer": ours("attention*4", positions="rope", feed_forward_width=768),  # as many parameters as Mamba
    "mamba.py fp32": mamba_py(bf16=False),
    "mamba.py bf16": mamba_py(bf16=True),
    "Hugging Face fp32": hugging_face,
}


# ---- telling


class Stream:
    """One greedy story without an end."""

    def __init__(self, advance: Callable[[int], int]) -> None:
        self._advance = advance
        self._token = 1
        self.read = 0

    def __call__(self) -> None:
        self._token = self._advance(self._token)
        self.read += 1


def ours_telling(mixer: str) -> Stream:
    from pocket_narrator.models.decoding.compiled import CompiledDecoder
    from pocket_narrator.models.decoding.decoder import Part
    from pocket_narrator.models.stack import DecoderStack
    from pocket_narrator.recipe.schema import ModelConfig

    model = ModelConfig(layers=f"{mixer}*{LAYERS}", positions="none", width=WIDTH, context=CONTEXT)
    decoder = CompiledDecoder(DecoderStack(model, VOCABULARY).eval(), slots=1)

    def advance(token: int) -> int:
        return int(decoder.read([Part(0, [token])]).argmax())

    return Stream(advance)


def hugging_face_telling() -> Stream:
    import torch

    model = hugging_face_model().eval()
    found = model(torch.tensor([[1]]), use_cache=True)
    cache = found.cache_params

    def advance(token: int) -> int:
        nonlocal cache
        arguments = {"cache_params": cache, "use_cache": True}
        found = model(torch.tensor([[token]]), **arguments)
        cache = found.cache_params
        return int(found.logits[0, -1].argmax())

    return Stream(advance)


TELLERS: dict[str, Callable[[], Stream]] = {
    **{f"ours {kind.name}": partial(ours_telling, kind.name) for kind in BUILT_IN},
    "Hugging Face": hugging_face_telling,
}


if __name__ == "__main__":
    main()
