"""The kernels for one system, compiled by the zig of the package `ziglang`, and looked at."""

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from distribution.inspection import inspect
from distribution.targets import Target
from pocket_narrator.files.hashed_file import sha256_of
from pocket_narrator.files.json_file import write_json_object
from pocket_narrator.models.kernels.binding.compiling import FLAGS, C, hash_of_sources
from pocket_narrator.models.kernels.binding.levels import LEVELS
from pocket_narrator.models.kernels.binding.prebuilt import MANIFEST

PROCESSOR = Path(__file__).parent / "processor.c"
SECONDS = 1800  # for one library, on a machine that does other things besides


def compile_kernels(target: Target, folder: Path) -> None:
    """Puts the libraries of `target` into `folder`, with the list of them that the loader reads. Raises SubprocessError; ValueError
    where a library is not what that system takes."""
    processor = folder / f"processor{target.suffix}"
    _compile(target, target.oldest, PROCESSOR, processor, [])
    inspect(processor, target, {"features"})
    cpus = target.cpus or tuple(LEVELS[level].cpu for level in target.levels)
    levels = {}
    for level, cpu in zip(target.levels, cpus, strict=True):
        library = folder / f"{level}{target.suffix}"
        _compile(target, cpu, C / "native.c", library, [f'-DSOURCES="{hash_of_sources()}"', "-lm"])
        inspect(library, target)
        levels[level] = _entry(library)
    write_json_object(folder / MANIFEST, {"processor": _entry(processor), "levels": levels})


def _entry(library: Path) -> dict[str, str]:
    return {"file": library.name, "sha256": sha256_of(library)}


def _compile(target: Target, cpu: str, source: Path, library: Path, more: list[str]) -> None:
    print(f"{target.name}: {library.name}", flush=True)
    with TemporaryDirectory() as made:  # zig puts other files beside what is asked for
        # From the folder of the source, so that no path of this machine gets into the library.
        command = [sys.executable, "-m", "ziglang", "cc", "-target", target.triple, f"-mcpu={cpu}", *FLAGS, "-s"]
        command += [] if "windows" in target.triple else ["-pthread"]
        command += ["-Wno-psabi", "-o", str(Path(made, library.name)), source.name, *more]
        subprocess.run(command, check=True, cwd=source.parent, timeout=SECONDS)
        shutil.move(Path(made, library.name), library)
