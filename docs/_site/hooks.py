"""What MkDocs does beyond its configuration (`mkdocs.yml`): two pages of the reference are made from the code, files of the root
become pages, and links between files of the repository become links between pages."""

import posixpath
import re
import sys
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

import command_pages  # noqa: E402
import recipe_keys  # noqa: E402

MADE = {"reference/recipe-keys.md": recipe_keys.write, "reference/commands.md": command_pages.write}
FROM_ELSEWHERE = {  # file of the repository: page
    "README.md": "index.md",
    "examples/README.md": "tutorials/notebooks.md",
    "benchmarks/README.md": "explanation/benchmarks.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "SECURITY.md": "project/security.md",
    "CHANGELOG.md": "project/changelog.md",
}
SOURCES = {page: file for file, page in FROM_ELSEWHERE.items()}
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)#\s:]+)(#[^)]*)?\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the pages that are no files of docs/."""
    for place, write in MADE.items():
        files.append(File.generated(config, place, content=write()))
    for file, place in FROM_ELSEWHERE.items():
        files.append(File.generated(config, place, content=(ROOT / file).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Links as they are right in the repository, right on the site too; what is no page of the site keeps its name alone."""
    here = page.file.src_uri
    source = posixpath.dirname(SOURCES.get(here, f"docs/{here}"))

    def relink(match: re.Match[str]) -> str:
        picture, text, target, anchor = match.groups()
        file = posixpath.normpath(posixpath.join(source, target))
        if here in MADE:
            file = posixpath.normpath(posixpath.join("docs", posixpath.dirname(here), target))
        place = FROM_ELSEWHERE.get(file, file.removeprefix("docs/"))
        if files.get_file_from_path(place) is None and (ROOT / file).exists():
            return text if "`" in text else f"`{text}`"
        return f"{picture}[{text}]({posixpath.relpath(place, posixpath.dirname(here) or '.')}{anchor or ''})"

    return LINK.sub(relink, markdown)
