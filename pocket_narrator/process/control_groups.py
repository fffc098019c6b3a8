"""The control groups (cgroups) of a Linux process: what a container may take is said in their folders."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

OWN = Path("/proc/self")


def control_groups(controller: str, process: Path = OWN) -> Iterator[Path]:
    """The folders of the process's group and of those above it, in each mounted hierarchy that limits what `controller` is of, "cpu" or
    "memory": of version 2, which has one for all, and of version 1. None on other systems."""
    try:
        groups, mounts = (
            (process / name).read_text(encoding="utf-8", errors="surrogateescape").splitlines()
            for name in ("cgroup", "mountinfo")
        )
    except OSError:
        return
    for mount in mounts:
        yield from _folders(mount, [group.split(":", 2) for group in groups], controller)


def _folders(mount: str, groups: list[list[str]], controller: str) -> Iterator[Path]:
    """Those of one line of mountinfo (proc(5))."""
    before, _, after = mount.partition(" - ")
    try:
        root, place = before.split()[3:5]
        kind, _, options = after.split()[:3]
    except ValueError:
        return
    for group in groups:
        if len(group) != 3:
            continue
        _, controllers, path = group
        of_version_1 = kind == "cgroup" and controller in options.split(",") and controller in controllers.split(",")
        if of_version_1 or (kind == "cgroup2" and not controllers):
            top = Path(place.replace("\\040", " "))
            inside = PurePosixPath(path)
            inside = inside.relative_to(root) if inside.is_relative_to(root) else PurePosixPath()
            yield from (top / part for part in (inside, *inside.parents))
