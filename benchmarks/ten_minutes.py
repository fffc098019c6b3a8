"""The best model that ten minutes of wall clock give from raw text: ours beside nanoGPT, on the same text.

python benchmarks/ten_minutes.py --train train.txt --valid valid.txt --nanogpt DIR [--minutes 10] [--seeds 0,1,2]
    [--peer-shape 5,4,160,2048] [--peer-rate 5e-3] [--only ours|peer] [--json FILE]

Ours is `narrator train tinystories-ten-minutes` in an empty folder. The peer is the model of a checkout of
karpathy/nanoGPT, trained in bf16 with torch.compile, byte-level BPE, AdamW, a cosine over the time, and the allocator
setting that suits it best. Everything is on the clock of both, from the start of the process: imports, reading, the
tokenizer, encoding, compiling, training. What an earlier run has compiled is used again, which spares the peer half a
minute: run it with --minutes 1 first. Scoring the finished model is on neither clock. Both are scored by
the same code: float32, the whole of valid.txt, every story from its end-of-text start to its closing end-of-text, long
stories through a window that moves by half the context. The contestants take turns, seed by seed, one at a time.
"""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from contestants import environment_of, import_model
from machine import OtherProcesses, describe_machine

from pocket_narrator.files.atomic import write_text

if TYPE_CHECKING:
    import numpy as np
    import torch

    from pocket_narrator.models.language_model import LanguageModel
    from pocket_narrator.tokenizers import Tokenizer

RECIPE, RECIPE_MINUTES = "tinystories-ten-minutes", 10.0
CONTEXT, ROWS = 256, 32  # the peer's batch: 8,192 tokens
WARMUP_STEPS = 50
FINAL_RATE = 0.1


@dataclass(frozen=True)
class Peer:
    """What the peer is told."""

    checkout: str
    train: str
    valid: str
    folder: str  # to work in
    started: float  # Unix time
    minutes: float
    seed: int
    layers: int
    heads: int
    width: int
    vocabulary: int
    rate: float


@dataclass(frozen=True)
class Run:
    """One row of the table."""

    contestant: str
    seed: int
    wall_seconds: float  # from the start of the process to the finished model
    bits_per_byte: float
    interval: tuple[float, float]  # 95 %, over stories
    parameters: int
    vocabulary: int
    context: int
    training_tokens: int
    stories: int
    bytes: int
    others: float | None  # cores that other processes used meanwhile; none: not known


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", type=Path, required=True)
    parser.add_argument("--valid", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=RECIPE_MINUTES)
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--nanogpt", type=Path)
    parser.add_argument("--peer-shape", default="5,4,160,2048", help="layers,heads,width,vocabulary")
    parser.add_argument("--peer-rate", type=float, default=5e-3)
    parser.add_argument("--only", choices=("ours", "peer"))
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    contestants = [arguments.only] if arguments.only else ["ours", "peer"]
    if "peer" in contestants and (arguments.nanogpt is None or not (arguments.nanogpt / "model.py").is_file()):
        parser.error("the peer needs --nanogpt DIR, with a model.py in it")
    for path in (arguments.train, arguments.valid):
        if not path.is_file():
            parser.error(f"there is no file {path}")
    machine = describe_machine()
    print(f"{machine}\n{arguments.minutes:g} minutes from raw text to the finished model\n")
    print("| contestant | seed | bits per byte | 95 % | wall clock | parameters | vocabulary | tokens seen | others |")
    print("|---|---|---|---|---|---|---|---|---|", flush=True)
    runs: list[Run] = []
    for seed in map(int, arguments.seeds.split(",")):
        for contestant in contestants:
            runs.append(run_ours(arguments, seed) if contestant == "ours" else run_peer(arguments, seed))
            refuse_other_text(runs)
            print(table_row(runs[-1], arguments.minutes), flush=True)
            if arguments.json:  # after every run, so that an interruption loses none
                result = {"machine": machine, "minutes": arguments.minutes, "runs": [asdict(run) for run in runs]}
                write_text(arguments.json, json.dumps(result, indent=2) + "\n")
    print()
    means = {name: summarise_runs([run for run in runs if run.contestant == name]) for name in contestants}
    if len(means) == 2:
        ratio = means["ours"] / means["peer"]
        print(f"ours / peer: {ratio:.4f}, that is {100 * (1 - ratio):.1f} % fewer bits per byte")


def table_row(run: Run, minutes: float) -> str:
    over = " (over)" if run.wall_seconds > 60 * minutes else ""
    cells = [
        run.contestant,
        str(run.seed),
        f"{run.bits_per_byte:.4f}",
        f"{run.interval[0]:.4f} to {run.interval[1]:.4f}",
        f"{run.wall_seconds:.1f} s{over}",
        f"{run.parameters:,}",
        f"{run.vocabulary:,}",
        f"{run.training_tokens:,}",
        "-" if run.others is None else f"{run.others:.2f} cores",
    ]
    return f"| {' | '.join(cells)} |"


def summarise_runs(runs: list[Run]) -> float:
    """Prints a contestant's mean and standard deviation; returns the mean."""
    values = [run.bits_per_byte for run in runs]
    deviation = f"standard deviation {statistics.stdev(values):.4f}, " if len(values) > 1 else ""
    slowest = max(run.wall_seconds for run in runs)
    mean = statistics.mean(values)
    print(f"{runs[0].contestant}: mean {mean:.4f} bits per byte, {deviation}n = {len(values)}, at most {slowest:.1f} s")
    return mean


def refuse_other_text(runs: list[Run]) -> None:
    """All must have been scored on the same stories and bytes."""
    texts = {(run.stories, run.bytes) for run in runs}
    if len(texts) > 1:
        raise SystemExit(f"the contestants were scored on different texts (stories, bytes): {sorted(texts)}")


# ---- ours


def run_ours(arguments: argparse.Namespace, seed: int) -> Run:
    from pocket_narrator.recipe.loading import load_recipe

    overrides = {
        "corpus.train": str(arguments.train.resolve()),
        "corpus.validation": str(arguments.valid.resolve()),
        "training.seed": seed,
        "evaluation.stride": None,  # half the context
    }
    if arguments.minutes != RECIPE_MINUTES:
        training_minutes = load_recipe([RECIPE]).training.minutes
        assert training_minutes is not None
        overrides["training.minutes"] = training_minutes * arguments.minutes / RECIPE_MINUTES
    given = [f"{key}={json.dumps(value)}" for key, value in overrides.items()]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command = [sys.executable, "-m", "pocket_narrator.cli.main", "train", RECIPE, *given]
        started = time.time()
        others = run_process([*command, "--run", "run", "--stories", "0"], folder, is_peer=False)
        checkpoint = max((folder / "run" / "checkpoints").glob("step-*"))
        finished = [checkpoint / "MANIFEST.json", folder / "run" / "best.json"]
        evaluation = json.loads((folder / "run" / "evaluation" / "likelihood.json").read_text(encoding="utf-8"))
        wall_seconds = max(path.stat().st_mtime for path in finished if path.exists()) - started
    protocol, likelihood = evaluation["protocol"], evaluation["likelihood"]
    assert likelihood["stories"] == protocol["split_stories"]
    assert protocol["precision"] == "fp32"
    assert protocol["stride"] == protocol["context"] // 2
    return Run(
        contestant="ours",
        seed=seed,
        wall_seconds=wall_seconds,
        bits_per_byte=likelihood["bits_per_byte"],
        interval=tuple(likelihood["bits_per_byte_interval"]),
        parameters=protocol["parameters"],
        vocabulary=protocol["vocabulary_size"],
        context=protocol["context"],
        training_tokens=protocol["training_tokens"],
        stories=likelihood["stories"],
        bytes=likelihood["bytes"],
        others=others,
    )


def run_process(command: list[str], folder: Path, is_peer: bool) -> float | None:
    """Runs a contestant to its end in an empty folder. Its lines go to stderr. Returns the cores that others used
    meanwhile."""
    others = OtherProcesses(_seconds_of_children)
    result = subprocess.run(command, cwd=folder, stdout=sys.stderr, env=environment_of(is_peer), check=False)
    if result.returncode:
        raise SystemExit(f"{'the peer' if is_peer else 'ours'} ended with exit code {result.returncode}")
    return others.cores()


def _seconds_of_children() -> float:
    times = os.times()
    return times.children_user + times.children_system


# ---- the peer, started and awaited


def run_peer(arguments: argparse.Namespace, seed: int) -> Run:
    layers, heads, width, vocabulary = map(int, arguments.peer_shape.split(","))
    with tempfile.TemporaryDirectory() as folder:
        peer = Peer(
            checkout=str(arguments.nanogpt.resolve()),
            train=str(arguments.train.resolve()),
            valid=str(arguments.valid.resolve()),
            folder=folder,
            started=time.time(),
            minutes=arguments.minutes,
            seed=seed,
            layers=layers,
            heads=heads,
            width=width,
            vocabulary=vocabulary,
            rate=arguments.peer_rate,
        )
        command = [sys.executable, str(Path(__file__).resolve()), "--as-peer", json.dumps(asdict(peer))]
        others = run_process(command, Path(folder), is_peer=True)
        result = json.loads((Path(folder) / "result.json").read_text(encoding="utf-8"))
    return Run(contestant="peer", seed=seed, context=CONTEXT, others=others, **result)


# ---- the peer, in its own process


def be_the_peer(peer: Peer) -> None:
    """Trains until the time is up, then scores the model and leaves `result.json`."""
    import numpy as np
    import torch

    torch.manual_seed(peer.seed)
    tokenizer, ids = read_and_encode(peer)
    print(f"peer: {len(ids):,} tokens after {time.time() - peer.started:.1f} s", flush=True)
    module = import_model(Path(peer.checkout))
    settings = dict(n_layer=peer.layers, n_head=peer.heads, n_embd=peer.width, vocab_size=peer.vocabulary)
    model = module.GPT(module.GPTConfig(**settings, block_size=CONTEXT, dropout=0.0, bias=False))
    training_tokens = train_in_time(peer, model, np.asarray(ids))
    wall_seconds = time.time() - peer.started
    result = {
        "wall_seconds": wall_seconds,
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "vocabulary": peer.vocabulary,
        "training_tokens": training_tokens,
        **score(peer, model, tokenizer),
    }
    write_text(Path(peer.folder) / "result.json", json.dumps(result))


def read_and_encode(peer: Peer) -> tuple["Tokenizer", "np.ndarray"]:
    """Byte-level BPE by Hugging Face, and the training text's ids, an end-of-text token before every story."""
    import numpy as np
    from tokenizers import Tokenizer as HuggingFaceTokenizer
    from tokenizers import decoders, models, pre_tokenizers, trainers

    from pocket_narrator.corpus import DELIMITER, read_stories
    from pocket_narrator.tokenizers import Tokenizer

    stories = [story.text for story in read_stories(peer.train)]
    tokenizer = HuggingFaceTokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=peer.vocabulary, special_tokens=[DELIMITER], initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(stories, trainer)
    end_of_text = tokenizer.token_to_id(DELIMITER)
    encoded = tokenizer.encode_batch_fast(stories)
    ids = np.concatenate([np.array([end_of_text, *encoding.ids], np.uint16) for encoding in encoded])
    return Tokenizer(tokenizer.to_str()), ids


def train_in_time(peer: Peer, model: Any, ids: "np.ndarray") -> int:
    """Trains in place until the minutes are over; returns the tokens seen."""
    import numpy as np
    import torch

    optimizer = model.configure_optimizers(0.1, peer.rate, (0.9, 0.95), "cpu")
    compiled = torch.compile(model)
    chance = np.random.default_rng(peer.seed)
    offsets = np.arange(CONTEXT + 1)
    step, last_line = 0, time.time()
    while (share := (time.time() - peer.started) / (60 * peer.minutes)) < 1:
        cosine = FINAL_RATE + (1 - FINAL_RATE) * (1 + math.cos(math.pi * share)) / 2
        for group in optimizer.param_groups:
            group["lr"] = peer.rate * cosine * min(1.0, (step + 1) / WARMUP_STEPS)
        starts = chance.integers(len(ids) - CONTEXT, size=(ROWS, 1))
        tokens = torch.from_numpy(ids[starts + offsets].astype(np.int64))
        with torch.autocast("cpu", torch.bfloat16):
            _, loss = compiled(tokens[:, :-1].contiguous(), tokens[:, 1:].contiguous())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        step += 1
        if time.time() - last_line > 10:
            last_line = time.time()
            print(f"peer: step {step}, {100 * share:.0f} % of the time, loss {loss.item():.3f}", flush=True)
    return step * ROWS * CONTEXT


class ScoredPeer:
    """As much of a `LanguageModel` as scoring needs, over a nanoGPT model."""

    def __init__(self, model: Any) -> None:
        self._model = model.eval()
        self.context = CONTEXT
        self.device = next(model.parameters()).device

    def log_probs(self, tokens_BT: "torch.Tensor") -> "torch.Tensor":
        """log p(token t + 1 | tokens <= t): [B, T - 1], float32, nats."""
        targets = tokens_BT[:, 1:].contiguous()
        logits, _ = self._model(tokens_BT[:, :-1], targets)  # without targets it gives the last position only
        return logits.float().log_softmax(-1).gather(-1, targets[..., None])[..., 0]


def score(peer: Peer, model: Any, tokenizer: "Tokenizer") -> dict[str, Any]:
    """The validation text's figures, by the code and the protocol that ours are scored with."""
    from pocket_narrator.corpus import read_stories
    from pocket_narrator.evaluation.likelihood.scores import score_stories, summarise
    from pocket_narrator.tokens import build_store

    store = build_store(read_stories(peer.valid), tokenizer, Path(peer.folder) / "valid")
    likelihood = summarise(score_stories(cast("LanguageModel", ScoredPeer(model)), store))
    return {
        "bits_per_byte": likelihood.bits_per_byte,
        "interval": likelihood.bits_per_byte_interval,
        "stories": likelihood.stories,
        "bytes": likelihood.bytes,
    }


if __name__ == "__main__":
    if sys.argv[1:2] == ["--as-peer"]:
        be_the_peer(Peer(**json.loads(sys.argv[2])))
    else:
        main()
