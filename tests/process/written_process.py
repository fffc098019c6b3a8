"""What Linux says of a process and of its control groups, written into a folder."""

from pathlib import Path

VERSION_2 = "cgroup2 cgroup2 rw"  # the end of a line of mountinfo


def version_1(controllers: str) -> str:
    return f"cgroup cgroup rw,{controllers}"


def write_process(folder: Path, groups: str, mounts: list[tuple[str, str, str]], files: dict[str, str]) -> Path:
    """Returns what stands for `/proc/self`. mounts: the root, the place in `folder`, and the kind of each hierarchy; files: what is in them."""
    process = folder / "self"
    process.mkdir(exist_ok=True)
    (process / "cgroup").write_text(groups, encoding="utf-8")
    lines = [
        f"31 23 0:{n} {root} {folder}/{at} rw,relatime shared:9 - {kind}" for n, (root, at, kind) in enumerate(mounts)
    ]
    text = "\n".join(["1 0 8:1 / / rw - ext4 /dev/root rw", *lines, "damaged", ""])
    (process / "mountinfo").write_text(text, encoding="utf-8")
    for name, content in files.items():
        path = folder / name.replace("\\040", " ")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return process
