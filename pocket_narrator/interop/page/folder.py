"""The files of a website that generates: page, model, what makes it installable and lets it work without a network, and the decoder
as a package for JavaScript."""

import hashlib
import json
from pathlib import Path

from pocket_narrator import __version__
from pocket_narrator.errors import InteropError
from pocket_narrator.files.hashed_file import write_file
from pocket_narrator.interop.page.bundle import ENGINE, ICON, PAGE, asset, bundle, of_a_site
from pocket_narrator.interop.page.model_file import ModelFile

MARK = "export.json"  # of an exported folder: what is in it
MODEL = "model.bin"
PACKAGE = "pocket-narrator-decoder"
LEFT_BY_SYSTEMS = (".DS_Store", "Thumbs.db", "desktop.ini")  # files that nobody has put anywhere
LIBRARY = tuple(name for name in ENGINE if name not in ("hash.js", "worker.js"))


def write_site(folder: Path, made: ModelFile) -> None:
    """Into an empty folder."""
    written = {
        "index.html": of_a_site(made.title, made.about, made.prompt, made.raw).encode(),
        "style.css": asset("style.css"),
        "page.js": bundle(PAGE).encode(),
        "worker.js": bundle(ENGINE).encode(),
        "icon.svg": ICON.encode(),
        "manifest.webmanifest": _manifest(made.title).encode(),
        MODEL: made.raw,
    }
    kept = ["./", *(name for name in written if name != "index.html")]
    version = hashlib.sha256(b"".join(written[name] for name in sorted(written))).hexdigest()[:16]
    service_worker = (
        asset("service-worker.js").decode().replace("{{VERSION}}", version).replace("{{FILES}}", json.dumps(kept))
    )
    written["service-worker.js"] = service_worker.encode()
    written |= {f"decoder/{name}": content for name, content in _package().items()}
    for name, content in written.items():
        (folder / name).parent.mkdir(exist_ok=True)
        write_file(folder / name, content)
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(written.items())}
    write_file(folder / MARK, json.dumps({"pocket-narrator": __version__, "sha256": hashes}, indent=1).encode())


def refuse_added_files(folder: Path) -> None:
    """InteropError where an exported folder has files that no export has written, and that would be lost with the earlier one."""
    if not (folder / MARK).is_file():
        return
    try:
        known = {*json.loads((folder / MARK).read_bytes())["sha256"], MARK}
    except (ValueError, TypeError, KeyError):
        known = {MARK}
    there = (file.relative_to(folder) for file in folder.rglob("*") if not file.is_dir())
    added = sorted(
        name.as_posix() for name in there if name.as_posix() not in known and name.name not in LEFT_BY_SYSTEMS
    )
    if added:
        more = f" and {len(added) - 3} more" if added[3:] else ""
        raise InteropError(
            f"files lie there that no export has written, and would be lost: {', '.join(added[:3])}{more}",
            where=str(folder),
            hint="choose another place with --out, or move them away",
        )


def _manifest(title: str) -> str:
    icon = {"src": "icon.svg", "sizes": "any", "type": "image/svg+xml", "purpose": "any"}
    return json.dumps(
        {
            "name": title, "short_name": title[:12], "start_url": "./", "scope": "./", "display": "standalone",
            "background_color": "#f7f5f0", "theme_color": "#f7f5f0", "icons": [icon],
        },
        indent=1,
    )  # fmt: skip


def _package() -> dict[str, bytes]:
    """The decoder as npm packages are laid out."""
    about = {
        "name": PACKAGE, "version": __version__.split("+")[0], "description": "Generates stories with a model that pocket-narrator has exported",
        "type": "module", "license": "MIT", "main": "narrator.js", "types": "narrator.d.ts",
        "exports": {".": {"types": "./narrator.d.ts", "default": "./narrator.js"}}, "sideEffects": False,
    }  # fmt: skip
    return {
        **{name: asset(name) for name in (*LIBRARY, "narrator.d.ts", "example.html")},
        "README.md": asset("decoder.md"),
        "package.json": json.dumps(about, indent=2).encode() + b"\n",
    }
