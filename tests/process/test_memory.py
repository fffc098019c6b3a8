"""What this process may take, by every limit that there is."""

import subprocess
import sys
from pathlib import Path

import pytest

from pocket_narrator.process import memory
from pocket_narrator.process.memory import gigabytes, machine_memory, memory_left
from tests.process.written_process import VERSION_2, version_1, write_process

GB = 10**9


def test_this_machine_has_some_memory() -> None:
    assert 10**8 < machine_memory() < 2**50


def test_limits_of_containers_are_seen(tmp_path: Path) -> None:
    process = write_process(
        tmp_path,
        "5:cpu,memory:/old\n2:cpuset:/\n0::/jobs/mine\n",
        [("/", "v2", VERSION_2), ("/", "v1", version_1("cpu,memory")), ("/", "cpuset", version_1("cpuset"))],
        {
            "v2/jobs/memory.max": "max\n",
            "v2/jobs/mine/memory.max": "4000000000\n",
            "v1/old/memory.limit_in_bytes": "3000000000\n",
            "cpuset/memory.limit_in_bytes": "1\n",
        },
    )
    assert sorted(memory._of_control_groups(process)) == [3 * GB, 4 * GB]
    assert list(memory._of_control_groups(tmp_path / "none")) == []


def test_limits_are_found_wherever_a_container_has_its_groups(tmp_path: Path) -> None:
    """Of a container that sees the path of its host, with a hierarchy that is not at the usual place."""
    process = write_process(
        tmp_path,
        "5:memory:/docker/x\n",
        [("/docker/x", "a\\040place", version_1("memory"))],
        {"a place/memory.limit_in_bytes": "2000000000\n"},
    )
    assert list(memory._of_control_groups(process)) == [2 * GB]


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX's resource limits")
def test_what_is_left_of_the_address_space() -> None:
    """In a process of its own, whose limit is its own."""
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))\n"
        "from pocket_narrator.process.memory import machine_memory, memory_left\n"
        "before = memory_left(); taken = bytearray(1 << 30)\n"
        "print(machine_memory(), before - memory_left())"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    whole, taken = map(int, found.stdout.split())
    assert whole <= 3 << 30
    assert not sys.platform.startswith("linux") or 1 << 30 <= taken < 1.1 * (1 << 30) or whole < 3 << 30


def test_sizes_are_told_in_the_unit_that_fits() -> None:
    assert [gigabytes(size) for size in (2.5e6, 2.9e9, 13e12)] == ["2 MB", "2.9 GB", "13.0 TB"]
    assert 0 < memory_left() <= machine_memory()
