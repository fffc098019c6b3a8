"""`python -m distribution [TARGET ...] [--out FOLDER]`: wheels for the systems of targets.py, all of them where none is named."""

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from distribution.archive import pure_files, write_wheel
from distribution.compiling import compile_kernels
from distribution.targets import TARGETS
from pocket_narrator.files.hashed_file import sha256_of


def main() -> None:
    names = [target.name for target in TARGETS]
    parser = argparse.ArgumentParser(prog="python -m distribution", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", choices=[*names, []], help=", ".join(names))
    parser.add_argument("--out", type=Path, default=Path("dist"))
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    files = pure_files()
    for target in TARGETS:
        if arguments.targets and target.name not in arguments.targets:
            continue
        with TemporaryDirectory() as libraries:
            compile_kernels(target, Path(libraries))
            made = write_wheel(files, Path(libraries), target.wheel_tags, arguments.out)
        print(f"{sha256_of(made)}  {made.stat().st_size:>9,} bytes  {made}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
