"""The parts of a page: JavaScript modules as one script, and the document around style, scripts and model."""

import hashlib
import re
from html import escape
from importlib.resources import files

from pocket_narrator.interop.page.container import as_text

HERE = "pocket_narrator.interop.page"
ENGINE = (  # a module comes after those that it imports
    *(
        "container.js",
        "hash.js",
        "random.js",
        "tokenizer.js",
        "healing.js",
        "stop_texts.js",
        "sampler.js",
        "decoder.js",
    ),
    *("ngram.js", "narrator.js", "worker.js"),
)
PAGE = ("hash.js", "controls.js", "speech.js", "page.js")
_IMPORT = re.compile(r"^import .*;\n", re.MULTILINE)
# Of whole lines only: what follows code on its line stays.
_COMMENT_OR_INDENT = re.compile(r"^ *//[^\n]*\n|^ */\*\*.*?\*/\n|^ +", re.MULTILINE | re.DOTALL)
_EXPORT = re.compile(r"^export (?=(?:async |const |class |function))", re.MULTILINE)
ICON = (
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'><rect width='32' height='32' rx='7' fill='#f7f5f0'/><path d='M4 7c5-2 "
    "9-1 12 1.5C19 6 23 5 28 7v18c-5-2-9-1-12 1.5C13 24 9 23 4 25z' fill='#2f6f6a'/><path d='M16 9v17' stroke='white' "
    "stroke-width='1.6'/></svg>"
)
# What a page in one file may do: nothing that needs a network.
ALONE = (
    "default-src 'none'; script-src 'unsafe-inline' 'wasm-unsafe-eval' blob:; worker-src blob:; style-src 'unsafe-inline'; "
    "img-src data:; base-uri 'none'; form-action 'none'"
)
OF_A_SITE = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'"
)


def asset(name: str) -> bytes:
    """A file that comes with the package."""
    return (files(HERE) / "assets" / name).read_bytes()


def hash_of(model: bytes) -> str:
    return hashlib.sha256(model).hexdigest()


def bundle(names: tuple[str, ...]) -> str:
    """Modules as one script, whose names are its own, without comments and indentation."""
    sources = (_COMMENT_OR_INDENT.sub("", _EXPORT.sub("", _IMPORT.sub("", asset(name).decode()))) for name in names)
    return '"use strict";\n(() => {\n' + "\n".join(sources) + "})();\n"


def one_file(title: str, about: str, prompt: str, model: bytes) -> str:
    """The page with everything in it."""
    style, engine, page = asset("style.css").decode(), bundle(ENGINE), bundle(PAGE)
    seal = hashlib.sha256("\n".join((style, engine, page)).encode()).hexdigest()
    icon = ICON.replace("<", "%3C").replace(">", "%3E").replace("#", "%23")
    scripts = (
        f'<script type="text/plain" id="engine" data-part>{engine}</script>\n<script type="text/plain" id="model" '
        f'data-hash="{hash_of(model)}" data-size="{len(model)}">{as_text(model)}</script>\n<script data-part>{page}</script>'
    )
    links = f'<link rel="icon" href="data:image/svg+xml,{icon}">\n<style>{style}</style>'
    return _document(title, about, prompt, ALONE, seal, links, scripts)


def of_a_site(title: str, about: str, prompt: str, model: bytes) -> str:
    """The page beside its style, scripts and model."""
    links = '<link rel="icon" href="icon.svg">\n<link rel="manifest" href="manifest.webmanifest">\n<link rel="stylesheet" href="style.css">'
    scripts = f'<script type="text/plain" id="model" data-hash="{hash_of(model)}" data-url="model.bin"></script>\n<script src="page.js"></script>'
    return _document(title, about, prompt, OF_A_SITE, "", links, scripts)


def _document(title: str, about: str, prompt: str, policy: str, seal: str, links: str, scripts: str) -> str:
    parts = {
        "POLICY": policy,
        "TITLE": escape(title),
        "ABOUT": escape(about),
        "PROMPT": escape(prompt),
        "SEAL": seal,
        "LINKS": links,
        "SCRIPTS": scripts,
    }
    return re.sub(r"\{\{([A-Z]+)\}\}", lambda found: parts[found[1]], asset("page.html").decode())
