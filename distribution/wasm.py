"""The decoder of pages, compiled to WebAssembly by the zig of the package `ziglang`: `python -m distribution.wasm`."""

import argparse
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
KERNELS = ROOT / "pocket_narrator" / "models" / "kernels" / "c"
SOURCE = ROOT / "pocket_narrator" / "interop" / "page" / "assets" / "decoder.c"
EXPORTS = (
    *("reserve", "release", "pack_floats", "pack_bytes", "packed_size", "expand_rows", "log_probability"),
    *("decode", "decode_room", "sample", "constants"),
)
# No product is fused with a sum, so that every browser gives the same bits.
FLAGS = (
    *("-target", "wasm32-wasi", "-mexec-model=reactor", "-msimd128", "-O3", "-ffp-contract=off", "-fno-math-errno"),
    *("-Wno-psabi", "-Wl,--strip-all", "-Wl,--no-entry", "-Wl,-z,stack-size=262144"),
)
SECONDS = 900


def compile_decoder(out: Path) -> None:
    """The same bytes on every machine, for one version of zig. Raises SubprocessError."""
    exports = [f"-Wl,--export={name}" for name in EXPORTS]
    # From the folder of the kernels, so that no path of this machine gets into the module.
    include = [
        "-I",
        ".",
        "-o",
        str(out.resolve()),
        str(Path("..", "..", "..", SOURCE.relative_to(ROOT / "pocket_narrator"))),
    ]
    subprocess.run(
        [sys.executable, "-m", "ziglang", "cc", *FLAGS, *exports, *include], check=True, cwd=KERNELS, timeout=SECONDS
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m distribution.wasm", description=__doc__)
    parser.add_argument("--out", type=Path, default=SOURCE.with_name("decoder.wasm"))
    chosen = parser.parse_args()
    compile_decoder(chosen.out)
    print(f"{chosen.out}: {chosen.out.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
