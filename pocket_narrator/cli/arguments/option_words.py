"""Options of other programs, by what does the same here."""

INSTEAD: dict[str, dict[str, tuple[str, ...]]] = {
    "any": {
        **dict.fromkeys(
            ("-n", "--n", "--num", "--number", "--samples", "--num-samples", "--num-stories", "--n-stories"),
            ("--stories", "--count"),
        ),
        **dict.fromkeys(("--num-return-sequences", "--nsamples", "--limit", "--n-samples"), ("--stories", "--count")),
        **dict.fromkeys(("--count", "--repeat", "-r"), ("--stories",)),
        **dict.fromkeys(("-t", "--temp"), ("--temperature",)),
        "-k": ("--top-k",),
        "-p": ("--port", "--prompt"),
        **dict.fromkeys(("--length", "--len", "-l", "--max-length", "--max-new-tokens", "--tokens"), ("--max-tokens",)),
        **dict.fromkeys(("--n-predict", "--num-predict", "--max-len", "--num-tokens", "--n-tokens"), ("--max-tokens",)),
        **dict.fromkeys(("-s", "--random-seed", "--random-state", "--rng"), ("--seed",)),
        **dict.fromkeys(
            (
                "-o",
                "--output",
                "--output-dir",
                "--outdir",
                "--out-dir",
                "--outfile",
                "--output-file",
                "--dest",
                "--save",
            ),
            ("--out", "--run"),
        ),
        "--out": ("--run",),
        **dict.fromkeys(("-y", "--assume-yes", "--accept", "--no-confirm"), ("--yes",)),
        **dict.fromkeys(
            ("--dtype", "--quantize", "--quantization", "--quant", "--bits", "--torch-dtype"), ("--precision",)
        ),
        **dict.fromkeys(("--format", "--type", "--target", "-f"), ("--to",)),
        **dict.fromkeys(("--address", "--bind", "--ip", "--listen", "--server-name", "-H"), ("--host",)),
        **dict.fromkeys(("--repeat-penalty", "--penalty", "--rep-pen", "--rep-penalty"), ("--repetition-penalty",)),
        **dict.fromkeys(("--num-beams", "--beam-size", "--beam-width", "--beam", "--beam-search"), ("--beams",)),
        **dict.fromkeys(("--no-repeat-ngram-size", "--ngram"), ("--no-repeat-ngram",)),
        **dict.fromkeys(("--typical-p",), ("--typical",)),
        **dict.fromkeys(("--key", "--token", "--apikey"), ("--api-key", "--key-variable")),
        **dict.fromkeys(("--batch-size", "-b", "--batch", "--bs"), ("--batches", "--concurrency")),
        **dict.fromkeys(("--ctx", "--context-length", "--seq-len", "-c"), ("--contexts", "--context")),
        **dict.fromkeys(("--vocab-size", "--vocab", "--size"), ("--vocabulary-size",)),
        **dict.fromkeys(("--checkpoint", "--ckpt", "--step"), ("--which",)),
        **dict.fromkeys(("--processes", "--jobs", "-j", "--num-workers", "--threads", "--procs", "-w"), ("--workers",)),
        **dict.fromkeys(("--url", "--endpoint", "--api-base", "--base"), ("--base-url",)),
        **dict.fromkeys(("--max-concurrency", "--parallel"), ("--concurrency", "--slots")),
        **dict.fromkeys(("--input-prompt", "--text", "--start", "--beginning"), ("--prompt",)),
        **dict.fromkeys(("--criterion", "--by"), ("--metric", "--against")),
    },
    "train": {
        **dict.fromkeys(
            ("--out", "--dir", "--folder", "--run-dir", "--save-dir", "--checkpoint-dir", "--path"), ("--run",)
        ),
        **dict.fromkeys(("--base", "--init", "--init-from", "--from-run", "--pretrained", "--finetune"), ("--from",)),
        **dict.fromkeys(("--from-pretrained", "--base-model", "--checkpoint", "--weights", "--load"), ("--from",)),
    },
    "tell": {"-p": ("--prompt",)},
}

_RUN: dict[str, str] = dict.fromkeys(
    ("--run", "--model", "-m", "--run-dir", "--path", "--load", "--name", "--folder"),
    "the run is named without an option",
)
_RECIPE: dict[str, str] = dict.fromkeys(
    ("--config", "--recipe", "-c", "--cfg", "--preset"), "the recipe is named without an option"
)
_FILE: dict[str, str] = dict.fromkeys(
    ("--file", "--input", "-i", "--corpus", "--data"), "the text is named without an option"
)
POSITIONAL: dict[str, dict[str, str]] = {  # what is named without an option
    **{name: _RUN for name in ("tell", "generate", "demo", "bench", "report", "inspect", "export", "evaluate")},
    **{name: _RUN for name in ("seen", "overlap")},
    "serve": {name: why for name, why in _RUN.items() if name != "--name"},
    **{name: _RECIPE for name in ("train", "prepare")},
    **{name: _FILE for name in ("stats", "clean")},
}
NOT_NEEDED: dict[str, dict[str, str]] = {  # what is so anyway
    "train": dict.fromkeys(("--resume", "--continue", "--resume-from"), "the same command goes on where it stopped"),
}

_TEXT = ("corpus.kind=files", "corpus.train={value}")
OVERRIDES: dict[str, tuple[str, ...]] = {  # options of train that are several keys, or one with a value of its own
    **dict.fromkeys(
        ("data", "dataset", "corpus", "train_data", "train_file", "input", "text", "file", "data_path"), _TEXT
    ),
    **dict.fromkeys(("cpu", "no_cuda"), ("training.device=cpu",)),
    **dict.fromkeys(("gpu", "cuda", "gpus"), ("training.device=cuda",)),
    "fp16": ("training.precision=fp16",),
    "bf16": ("training.precision=bf16",),
    "fp32": ("training.precision=fp32",),
    "wandb": ("tracking.wandb=true",),
    "tensorboard": ("tracking.tensorboard=true",),
}
