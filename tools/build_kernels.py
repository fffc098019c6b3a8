"""Builds the kernels for where no compiler will be, with zig (`pip install ziglang`), which compiles C for every system.

python tools/build_kernels.py wasm          # the decoder of pages, into the package
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
KERNELS = ROOT / "pocket_narrator" / "models" / "kernels" / "c"
PAGE = ROOT / "pocket_narrator" / "interop" / "page" / "assets"
ZIG = (sys.executable, "-m", "ziglang")

WASM_EXPORTS = (
    *("reserve", "release", "pack_floats", "pack_bytes", "packed_size", "expand_rows", "log_probability"),
    *("decode", "decode_room", "sample", "constants"),
)
# No products are fused with sums, so that every browser gives the same bits.
WASM_FLAGS = (
    *("-target", "wasm32-wasi", "-mexec-model=reactor", "-msimd128", "-O3", "-ffp-contract=off", "-fno-math-errno"),
    *("-Wno-unknown-pragmas", "-Wl,--strip-all", "-Wl,--no-entry", "-Wl,-z,stack-size=262144"),
)


def build_wasm(out: Path) -> None:
    """The same bytes on every machine, for one version of zig."""
    with tempfile.TemporaryDirectory() as room:
        # Shared out among no threads: what is left of OpenMP.
        (Path(room) / "omp.h").write_text(
            "static inline int omp_get_thread_num(void) { return 0; }\n", encoding="utf-8"
        )
        exports = [f"-Wl,--export={name}" for name in WASM_EXPORTS]
        command = [
            *ZIG,
            "cc",
            *WASM_FLAGS,
            *exports,
            f"-I{KERNELS}",
            f"-I{room}",
            "-o",
            str(out),
            str(PAGE / "decoder.c"),
        ]
        subprocess.run(command, check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["wasm"])
    parser.add_argument("--out", type=Path, default=PAGE / "decoder.wasm")
    chosen = parser.parse_args()
    build_wasm(chosen.out)
    print(f"{chosen.out}: {chosen.out.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
