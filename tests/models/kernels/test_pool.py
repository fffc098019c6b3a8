"""The kernels' own threads: the pool alone, driven from C; and the same bits from every kernel on any number of threads."""

import hashlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from pocket_narrator.models.decoding.compiled import CompiledDecoder
from pocket_narrator.models.decoding.decoder import Part
from pocket_narrator.models.kernels import native
from pocket_narrator.models.kernels.binding import arguments, compiling, threads
from pocket_narrator.models.self_test import decoder as self_test
from pocket_narrator.models.self_test.kernels import check_kernels

DRIVER = Path(__file__).with_name("pool_driver.c")
ROOT = Path(__file__).parents[3]
needs_kernels = pytest.mark.skipif(not native.available(), reason=native.status())


def drive(tmp_path: Path, *flags: str, forks: bool) -> None:
    compiler = compiling.find_compiler()
    if compiler is None:
        pytest.skip("needs a C compiler")
    program = tmp_path / "driver"
    made = subprocess.run(
        [compiler, *flags, "-I", str(compiling.C), str(DRIVER), "-o", str(program), "-pthread"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if made.returncode and "-fsanitize=thread" in flags and "tsan" in made.stderr:
        pytest.skip("this compiler has no ThreadSanitizer")
    assert made.returncode == 0, made.stderr
    found = subprocess.run([program, str(int(forks))], capture_output=True, text=True, timeout=120, check=False)
    assert (found.returncode, found.stderr) == (0, "")


def test_the_pool_alone(tmp_path: Path) -> None:
    drive(tmp_path, "-O2", "-Wall", "-Wextra", "-Werror", forks=True)


def test_the_pool_under_the_thread_sanitizer(tmp_path: Path) -> None:
    drive(tmp_path, "-O1", "-g", "-fsanitize=thread", forks=False)


def test_no_runtime_of_openmp() -> None:
    assert not [name for name, text in compiling.sources().items() if "pragma omp" in text or "omp.h" in text]
    if native.available():
        kept = native._load().kept
        assert kept is not None
        assert not any(name in kept.path.read_bytes() for name in (b"libgomp", b"libomp", b"GOMP_", b"__kmpc_"))


@pytest.fixture
def on_threads(monkeypatch):
    """Has kernels run on so many threads, however many cores there are; torch stays as it is."""
    before = torch.get_num_threads()

    def use(count: int) -> None:
        monkeypatch.setattr(torch, "get_num_threads", lambda: count)

    monkeypatch.setattr(threads, "allowed", lambda: 99)
    yield use
    use(before)
    native.call("have_tiles")


def copies(given: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.clone() if isinstance(value, torch.Tensor) else value.copy() if isinstance(value, np.ndarray) else value
        for name, value in given.items()
    }  # fmt: skip


def bits(given: dict[str, Any]) -> list[bytes]:
    values = [value.tensor if isinstance(value, arguments.Rows) else value for value in given.values()]
    return [
        value.detach().contiguous().flatten().view(torch.uint8).numpy().tobytes() if isinstance(value, torch.Tensor) else value.tobytes()
        for value in values
        if isinstance(value, torch.Tensor | np.ndarray)
    ]  # fmt: skip


@needs_kernels
def test_every_kernel_gives_the_same_bits_on_any_number_of_threads(on_threads, monkeypatch) -> None:
    call, tried = arguments.Kernel.__call__, set()

    def on_all(kernel: arguments.Kernel, given: dict[str, Any]) -> int | None:
        before, found = copies(given), []
        for count in (7, 3, 2):
            again = copies(before)
            on_threads(count)
            call(kernel, again)
            found.append(bits(again))
        on_threads(1)
        answer = call(kernel, given)
        assert all(each == bits(given) for each in found), kernel._signature._name
        tried.add(kernel._signature._name)
        return answer

    monkeypatch.setattr(arguments.Kernel, "__call__", on_all)
    assert all(check.passed for check in check_kernels())
    assert len(tried) > 20


@needs_kernels
@pytest.mark.parametrize("precision", ["fp32", "bf16", "int8"])
def test_the_decoder_gives_the_same_bits_on_any_number_of_threads(on_threads, precision) -> None:
    stack = self_test._make_stack()
    generator = torch.Generator().manual_seed(1)
    texts = [torch.randint(200, (length,), generator=generator).tolist() for length in (117, 40, *[1] * 8)]
    found = set()
    for count in (1, 2, 3, 7):
        on_threads(count)
        decoder, digest = CompiledDecoder(stack, len(texts), precision), hashlib.sha256()
        digest.update(decoder.read([Part(slot, text) for slot, text in enumerate(texts)]).numpy().tobytes())
        digest.update(decoder.read([Part(slot, [7]) for slot in range(len(texts))]).numpy().tobytes())
        digest.update(decoder.read([Part(0, [8])]).numpy().tobytes())
        found.add(digest.hexdigest())
    assert len(found) == 1


def norm(x: torch.Tensor) -> torch.Tensor:
    y, (N, C) = torch.empty_like(x), x.shape
    native.call(
        "norm_forward_float", x=x, gain=torch.ones(C), y=y, statistics=torch.empty(N, 2), N=N, C=C, centred=1, epsilon=1e-6,
    )  # fmt: skip
    return y


@needs_kernels
def test_several_threads_of_python_at_once(on_threads) -> None:
    on_threads(3)
    inputs = [torch.randn(500, 64, generator=torch.Generator().manual_seed(seed)) for seed in range(4)]
    expected = [norm(x) for x in inputs]
    with ThreadPoolExecutor(4) as callers:
        for _ in range(25):
            assert all(torch.equal(a, b) for a, b in zip(callers.map(norm, inputs), expected, strict=True))


CHILDREN = """
import multiprocessing, os, sys, warnings
warnings.simplefilter("ignore")  # newer Pythons warn of forks of a process with threads: that is what is tried
import torch
from pocket_narrator.models.kernels.binding import threads
from tests.models.kernels.test_pool import norm

torch.set_num_threads(1)  # torch's own threads do not come through a fork
torch.get_num_threads = lambda: 2
threads.allowed = lambda: 2
x = torch.arange(64000.0).reshape(1000, 64).sin()
expected = norm(x)

def is_right(_):
    return torch.equal(norm(x), expected)

child = os.fork()
if child == 0:
    os._exit(0 if is_right(0) else 1)
assert os.waitpid(child, 0)[1] == 0
with multiprocessing.get_context("fork").Pool(2) as workers:
    assert all(workers.map(is_right, range(8)))
loader = torch.utils.data.DataLoader(range(6), num_workers=2, multiprocessing_context="fork", collate_fn=is_right)
assert list(loader) == [True] * 6
assert is_right(0)
print("right")
"""


@needs_kernels
@pytest.mark.skipif(sys.platform == "win32", reason="forks")
def test_children_of_a_process_that_used_threads() -> None:
    """Also that none of them, and not the parent, hangs at its end."""
    found = subprocess.run(
        [sys.executable, "-c", CHILDREN], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert (found.returncode, found.stdout) == (0, "right\n"), found.stderr


@needs_kernels
def test_unloading_a_library_ends_its_threads() -> None:
    code = (
        "import ctypes, _ctypes, sys, threading, pathlib\n"
        "library = ctypes.CDLL(sys.argv[1])\n"
        "library.set_threads(3)\n"
        "x, y, s = (ctypes.c_float * 64000)(), (ctypes.c_float * 64000)(), (ctypes.c_float * 2000)()\n"
        "one, epsilon = ctypes.c_int64(1), ctypes.c_float(1e-6)\n"
        "library.norm_forward_float(x, x, None, y, s, ctypes.c_int64(1000), ctypes.c_int64(64), one, epsilon)\n"
        "count = lambda: len(list(pathlib.Path('/proc/self/task').iterdir()))\n"
        "during = count()\n"
        "_ctypes.dlclose(library._handle)\n"
        "print(during, count())\n"
    )
    kept = native._load().kept
    assert kept is not None
    if not sys.platform.startswith("linux"):
        pytest.skip("/proc and dlclose")
    found = subprocess.run(
        [sys.executable, "-c", code, kept.path], capture_output=True, text=True, timeout=60, check=False
    )
    assert (found.returncode, found.stdout) == (0, "3 1\n"), found.stderr
