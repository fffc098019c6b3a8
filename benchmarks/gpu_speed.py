"""Training on a GPU: tokens a second, the share of what its matrix units can do, and memory, beside nanoGPT in one run.

python benchmarks/gpu_speed.py [--nanogpt DIR] [--only NAME,..] [--tokens 8192,65536] [--modes eager,compiled] [--repeats 3]
    [--profile] [--json FILE]

DIR is a checkout of karpathy/nanoGPT. The models are those of our recipes; a step is forward, loss, backward, clipping and
AdamW, in bf16 under autocast, on random tokens that are there already. nanoGPT has the shape of `storyllm-30m`, and is used
as its own train.py does it, compiled where ours is. The contestants live in one process and are timed in turns of STEPS
steps, by the clock on the wall: what launching costs is in it. `--profile` shows the kernels that took longest instead.

The ceiling is a bf16 product of 8,192 x 8,192 x 8,192 on random numbers, measured in the same run; FLOPs are counted from the
recipe (recipe/cost.py), attention by what a causal mask leaves.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import torch
from contestants import import_model
from torch import Tensor

from pocket_narrator.files.atomic import write_text
from pocket_narrator.models.stack import DecoderStack
from pocket_narrator.recipe.cost import count_parameters
from pocket_narrator.recipe.loading import load_recipe
from pocket_narrator.training.machine.precision import choose_machine, compile_layers
from pocket_narrator.training.optimizers import Optimizers

VOCABULARIES = {"llama-9m": 10_000, "storyllm-30m": 50_257, "mamba-130m": 50_257, "narrative-1m": 2_048}
PEER, PEER_SHAPE = "nanoGPT", "storyllm-30m"
WARMUP_STEPS, STEPS = 3, 10
PRODUCT = 8_192  # rows and columns of the product that is the ceiling

Step = Callable[[Tensor, Tensor], None]


@dataclass
class Contestant:
    """One model at one number of tokens a step."""

    name: str
    tokens: int
    is_compiled: bool
    context: int
    vocabulary: int
    flops_per_token: int
    step: Step
    speeds: list[float] = field(default_factory=list)  # tokens a second
    peak_bytes: int = 0

    def turn(self) -> None:
        pairs = [self._batch() for _ in range(4)]
        for pair in pairs[:WARMUP_STEPS]:
            self.step(*pair)
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
        started = time.perf_counter()
        for number in range(STEPS):
            self.step(*pairs[number % len(pairs)])
        torch.cuda.synchronize()
        self.speeds.append(STEPS * self.tokens / (time.perf_counter() - started))
        self.peak_bytes = torch.cuda.max_memory_allocated()

    def profile(self) -> str:
        pair = self._batch()
        for _ in range(WARMUP_STEPS):
            self.step(*pair)
        with torch.profiler.profile(activities=list(torch.profiler.supported_activities())) as profiler:
            for _ in range(3):
                self.step(*pair)
            torch.cuda.synchronize()
        return profiler.key_averages().table(sort_by="self_cuda_time_total", row_limit=16, max_name_column_width=70)

    def _batch(self) -> tuple[Tensor, Tensor]:
        rows = torch.randint(self.vocabulary, (self.tokens // self.context, self.context + 1), device="cuda")
        return rows[:, :-1].contiguous(), rows[:, 1:].contiguous()

    def row(self, ceiling: float) -> str:
        speed = statistics.median(self.speeds)
        spread = (max(self.speeds) - min(self.speeds)) / speed
        flops = speed * self.flops_per_token
        mode = "compiled" if self.is_compiled else "eager"
        return (
            f"| {self.name} | {mode} | {self.tokens:,} | {speed:,.0f} | {spread:.1%} | {flops / 1e12:.1f} | "
            f"{flops / ceiling:.1%} | {self.peak_bytes / 1e9:.2f} |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nanogpt", type=Path)
    parser.add_argument("--only", default=",".join([*VOCABULARIES, PEER]))
    parser.add_argument("--tokens", default="8192,65536", help="a step")
    parser.add_argument("--modes", default="eager,compiled")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    torch.set_float32_matmul_precision("high")  # as nanoGPT sets it; ours has no float32 products of this size
    ceiling = product_flops()
    machine = f"{torch.cuda.get_device_name()}, torch {torch.__version__}"
    print(f"{machine}; a bf16 product of {PRODUCT} runs at {ceiling / 1e12:.0f} TFLOP/s\n", flush=True)
    print("| model | layers | tokens a step | tokens/s | spread | TFLOP/s | of the product's | GB |")
    print("|---|---|---|---|---|---|---|---|")
    made = []
    for name in given.only.split(","):
        if name == PEER and given.nanogpt is None:
            continue
        for mode in given.modes.split(","):
            for tokens in map(int, given.tokens.split(",")):
                torch._dynamo.reset()
                torch.manual_seed(0)
                is_compiled = mode == "compiled"
                contestant = (
                    peer(given.nanogpt, tokens, is_compiled) if name == PEER else ours(name, tokens, is_compiled)
                )
                if given.profile:
                    print(f"\n{name}, {mode}, {tokens:,} tokens a step\n{contestant.profile()}", flush=True)
                    continue
                for _ in range(given.repeats):
                    contestant.turn()
                print(contestant.row(ceiling), flush=True)
                made.append(contestant)
                del contestant.step
                torch.cuda.empty_cache()
    if given.json:
        kept = [{key: value for key, value in vars(c).items() if key != "step"} for c in made]
        write_text(
            given.json, json.dumps({"machine": machine, "ceiling": ceiling, "contestants": kept}, indent=2) + "\n"
        )


def ours(name: str, tokens: int, is_compiled: bool) -> Contestant:
    """Made of the parts that `narrator train` uses."""
    overrides = [f"training.compile={'on' if is_compiled else 'off'}", "training.precision=bf16", "training.steps=1000"]
    recipe = load_recipe([name], overrides)
    section, training = recipe.stack()
    machine, vocabulary = choose_machine(training), VOCABULARIES[name]
    model = DecoderStack(section, vocabulary).to("cuda").train()
    optimizers = Optimizers(model, training)
    compile_layers(model, recipe, 0.0, machine, report=lambda _: None)

    def step(inputs_BT: Tensor, targets_BT: Tensor) -> None:
        with machine.autocast():
            loss = model.loss(inputs_BT, targets_BT) / targets_BT.numel()
        loss.backward()
        if training.clip is not None:
            torch.nn.utils.clip_grad_norm_(model.parameters(), training.clip)
        optimizers.step()

    flops = count_parameters(section, vocabulary).training_flops_per_token
    return Contestant(name, tokens, is_compiled, section.context, vocabulary, flops, step)


def peer(checkout: Path, tokens: int, is_compiled: bool) -> Contestant:
    section, training = load_recipe([PEER_SHAPE]).stack()
    vocabulary = VOCABULARIES[PEER_SHAPE]
    module = import_model(checkout)
    shape = {"n_layer": len(section.mixers()), "n_head": section.heads, "n_embd": section.width}
    config = module.GPTConfig(**shape, block_size=section.context, vocab_size=vocabulary, dropout=section.dropout)
    model = module.GPT(config).to("cuda").train()
    optimizer = model.configure_optimizers(0.1, 1e-3, (0.9, 0.95), "cuda")
    forward = torch.compile(model) if is_compiled else model

    def step(inputs_BT: Tensor, targets_BT: Tensor) -> None:
        with torch.autocast("cuda", torch.bfloat16):
            _, loss = forward(inputs_BT, targets_BT)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), training.clip)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    flops = count_parameters(section, vocabulary).training_flops_per_token
    return Contestant(PEER, tokens, is_compiled, section.context, vocabulary, flops, step)


def product_flops() -> float:
    """FLOPs a second of a large bf16 product, the best of five turns."""
    a, b = (torch.randn(PRODUCT, PRODUCT, device="cuda", dtype=torch.bfloat16) for _ in range(2))
    best = 0.0
    for _ in range(5):
        torch.cuda.synchronize()
        started = time.perf_counter()
        for _ in range(10):
            a @ b
        torch.cuda.synchronize()
        best = max(best, 10 * 2 * PRODUCT**3 / (time.perf_counter() - started))
    return best


if __name__ == "__main__":
    main()
