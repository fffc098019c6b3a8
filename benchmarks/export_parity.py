"""Twelve exports, each proved by the program that it is for: a table. From the repository's root:

python -m benchmarks.export_parity

Eight random models, of every family that transformers or our own class of it holds, and four trained ones (the models of the tests
in tests/interop). transformers: logits within 1e-5 of the largest one, 256 of 256 greedy tokens. llama.cpp, for the ten that it
holds: the file read back gives the same logits and text, and llama.cpp itself chooses the same token after each of 256.
"""

import sys
import tempfile
from pathlib import Path

from pocket_narrator.errors import NarratorError
from pocket_narrator.interop.gguf.export import export_gguf
from pocket_narrator.interop.hugging_face.export import export_hugging_face
from tests.interop.exportable import KNOWN, OURS, TRAINED, make_run

ALL = [(name, False) for name in (*KNOWN, *OURS)] + [(name, True) for name in TRAINED]


def main() -> None:
    print(
        "| model | weights | class | largest difference | greedy tokens | GGUF in float32, by llama.cpp |\n"
        + "|---" * 6
        + "|"
    )
    failed = 0
    for name, is_trained in ALL:
        with tempfile.TemporaryDirectory() as folder:
            run = make_run(Path(folder), {**KNOWN, **OURS}[name], trained=is_trained)
            try:
                there = export_hugging_face(run)
                parity = there.parity
                far = f"{parity.largest_difference:.1e} of {parity.largest_logit:.1f}"
                cells = [there.kind, far, f"{parity.greedy_equal} of {parity.greedy_tokens}"]
                cells.append("; ".join(export_gguf(run).notes) if name in KNOWN else "has no place for it")
            except NarratorError as error:
                failed += 1
                cells = ["", "", "", f"FAILED: {error}".replace("\n", " ")]
        print(f"| {name} | {'trained' if is_trained else 'random'} | {' | '.join(cells)} |", flush=True)
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
