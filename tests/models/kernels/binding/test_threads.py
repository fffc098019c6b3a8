"""As many threads as torch takes, and no more than affinity and control groups allow."""

import math
import os
from pathlib import Path

import pytest
import torch

from pocket_narrator.models.kernels.binding import threads
from tests.process.written_process import VERSION_2, version_1, write_process

VERSION_1 = version_1("cpu,cpuacct")


def of_version_1(folder: str, limit: int, period: int = 100_000) -> dict[str, str]:
    return {f"{folder}/cpu.cfs_quota_us": f"{limit}\n", f"{folder}/cpu.cfs_period_us": f"{period}\n"}


@pytest.mark.parametrize(
    ("groups", "mounts", "files", "cores"),
    [
        ("0::/\n", [("/", "v2", VERSION_2)], {"v2/cpu.max": "150000 100000\n"}, 1.5),
        ("0::/a/b\n", [("/", "v2", VERSION_2)], {"v2/a/b/cpu.max": "max 100000\n", "v2/a/cpu.max": "50000 25000\n"}, 2.0),
        ("0::/a/b\n", [("/", "v2", VERSION_2)], {"v2/a/b/cpu.max": "300000 100000\n", "v2/a/cpu.max": "max 100000\n"}, 3.0),
        ("0::/a\n", [("/", "v2", VERSION_2)], {"v2/other/cpu.max": "1000 100000\n"}, math.inf),
        ("0::/\n", [("/", "a\\040place", VERSION_2)], {"a\\040place/cpu.max": "400000 100000\n"}, 4.0),
        ("4:cpu,cpuacct:/a\n", [("/", "cpu", VERSION_1)], of_version_1("cpu/a", 250_000) | of_version_1("cpu", -1), 2.5),
        ("4:cpu,cpuacct:/docker/x\n", [("/docker/x", "cpu", VERSION_1)], of_version_1("cpu", 200_000), 2.0),
        ("4:cpuset:/a\n", [("/", "cpu", VERSION_1)], of_version_1("cpu/a", 100_000), math.inf),
        (
            "4:cpu,cpuacct:/a\n0::/\n",
            [("/", "cpu", VERSION_1), ("/", "v2", VERSION_2)],
            of_version_1("cpu/a", 300_000) | {"v2/cgroup.procs": "1\n"},
            3.0,
        ),
        ("0::/\n", [("/", "v2", VERSION_2)], {"v2/cpu.max": "many 100000\n"}, math.inf),
        ("0::/\n", [("/", "v2", VERSION_2)], {"v2/cpu.max": ""}, math.inf),
        ("damaged\n", [("/", "v2", VERSION_2)], {"v2/cpu.max": "100000 100000\n"}, math.inf),
    ],
)  # fmt: skip
def test_the_quota_of_control_groups(tmp_path: Path, groups, mounts, files, cores) -> None:
    assert threads.quota(write_process(tmp_path, groups, mounts, files)) == cores


def test_where_nothing_is_known(tmp_path: Path) -> None:
    assert threads.quota(tmp_path) == math.inf


@pytest.mark.parametrize(("quota", "cores", "allowed"), [(math.inf, 8, 8), (2.9, 8, 2), (0.5, 8, 1), (16.0, 4, 4)])
def test_the_lesser_of_affinity_and_quota(monkeypatch, quota, cores, allowed) -> None:
    monkeypatch.setattr(threads, "quota", lambda: quota)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(cores)), raising=False)
    assert threads.allowed.__wrapped__() == allowed


def test_the_library_follows_torch(monkeypatch) -> None:
    told: list[int] = []
    monkeypatch.setattr(threads, "allowed", lambda: 4)
    follow = threads.Threads(told.append).follow
    for count in (1, 1, 3, 3, 9, 2):
        monkeypatch.setattr(torch, "get_num_threads", lambda count=count: count)
        follow()
    assert told == [1, 3, 4, 2]
