"""Wheels that are the same, byte for byte, whenever and by whomever they are made (PEP 427; reproducible-builds.org)."""

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
PARTS = ("pyproject.toml", "README.md", "LICENSE", "pocket_narrator")
PREBUILT = "pocket_narrator/models/kernels/prebuilt"
LARGEST = 8_000_000  # bytes of a wheel
_NOT_CODE = shutil.ignore_patterns("__pycache__", "*.pyc", "prebuilt")
_FIRST_DAY = 315_532_800  # 1980-01-01, before which no zip file can be


def pure_files(root: Path = ROOT) -> dict[str, bytes]:
    """What is in a wheel for every system, by name, as setuptools puts it together; without RECORD and WHEEL."""
    with TemporaryDirectory() as temporary:
        source, out = Path(temporary, "source"), Path(temporary, "out")
        for part in PARTS:  # of a copy: setuptools would also take what an earlier build has left
            if (root / part).is_dir():
                shutil.copytree(root / part, source / part, ignore=_NOT_CODE)
            else:
                source.mkdir(exist_ok=True)
                shutil.copy(root / part, source / part)
        program = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"
        out.mkdir()
        subprocess.run([sys.executable, "-c", program, str(out)], cwd=source, check=True, capture_output=True)
        (made,) = out.glob("*.whl")
        with zipfile.ZipFile(made) as wheel:
            names = [name for name in wheel.namelist() if not name.endswith(("/RECORD", "/WHEEL", "/"))]
            return {name: wheel.read(name) for name in names}


def write_wheel(files: dict[str, bytes], libraries: Path | None, tags: list[str], out: Path) -> Path:
    """A wheel of the pure files and of what lies in `libraries`, in the folder `out`. Raises ValueError where it is too large."""
    (metadata,) = {name.split("/")[0] for name in files if ".dist-info/" in name}
    whole = dict(files)
    if libraries is not None:
        whole |= {f"{PREBUILT}/{path.name}": path.read_bytes() for path in libraries.iterdir()}
    said = "".join(f"Tag: {tag}\n" for tag in tags)
    pure = "true" if libraries is None else "false"
    whole[f"{metadata}/WHEEL"] = (
        f"Wheel-Version: 1.0\nGenerator: pocket-narrator\nRoot-Is-Purelib: {pure}\n{said}".encode()
    )
    record = f"{metadata}/RECORD"
    lines = [f"{name},sha256={_hash(content)},{len(content)}\n" for name, content in sorted(whole.items())]
    whole[record] = "".join([*lines, f"{record},,\n"]).encode()
    path = out / f"{metadata.removesuffix('.dist-info')}-{_joined(tags)}.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(whole, key=lambda name: (name.startswith(metadata), name == record, name)):
            entry = zipfile.ZipInfo(name, _date())
            entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, 0o100644 << 16, 3
            archive.writestr(entry, whole[name])
    if path.stat().st_size > LARGEST:
        raise ValueError(f"{path.name} has {path.stat().st_size:,} bytes, and may have {LARGEST:,}")
    return path


def _joined(tags: list[str]) -> str:
    """`py3-none-a` and `py3-none-b` as `py3-none-a.b`."""
    python, abi, _ = tags[0].split("-")
    return f"{python}-{abi}-{'.'.join(tag.split('-')[2] for tag in tags)}"


def _hash(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def _date() -> tuple[int, int, int, int, int, int]:
    """Of every file, in UTC: SOURCE_DATE_EPOCH, else the first day that a zip file knows."""
    import time

    moment = time.gmtime(max(int(os.environ.get("SOURCE_DATE_EPOCH", _FIRST_DAY)), _FIRST_DAY))
    return moment.tm_year, moment.tm_mon, moment.tm_mday, moment.tm_hour, moment.tm_min, moment.tm_sec
