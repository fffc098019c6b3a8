"""What a file's name says: which kind it is of, and whether it is one of stories in a folder or an archive."""

from collections import Counter
from pathlib import PurePosixPath

COMPRESSED = (".gz", ".xz", ".bz2", ".zst")
TEXTS = (".txt", ".md")
JSON = (".jsonl", ".ndjson", ".json")
SEPARATED = (".csv", ".tsv")
ARCHIVES = (".zip", ".tar", ".tgz", ".txz", ".tbz2")
STORY_FILES = (*TEXTS, ".jsonl", ".ndjson", ".parquet", *ARCHIVES)
TABLES = (".json", *SEPARATED)  # beside those, nearly always something else; alone, the stories

MOST_KINDS, SHOWN_KINDS = 100, 6  # that are counted, and told

FIRST_CHOICE, SECOND_CHOICE = 0, 1

_ABOUT = ("readme", "license", "licence", "changelog", "contributing")  # .md that are about the stories


def rank(name: str) -> int | None:
    """FIRST_CHOICE: a file in a folder or archive is taken for one of stories; SECOND_CHOICE: if there is none of those."""
    path = PurePosixPath(name)
    kind = kind_of(path.name)
    if any(part.startswith((".", "__MACOSX")) for part in path.parts):
        return None
    if kind == ".md" and path.name.lower().startswith(_ABOUT):
        return None
    return FIRST_CHOICE if kind in STORY_FILES else SECOND_CHOICE if kind in TABLES else None


def kind_of(name: str) -> str:
    """The suffix of a file's name in small letters, without the one that says how it is compressed."""
    path = PurePosixPath(name.lower())
    return PurePosixPath(path.stem).suffix if path.suffix in COMPRESSED else path.suffix


def is_table(name: str) -> bool:
    """Whether a file has columns."""
    return kind_of(name) in (*JSON, *SEPARATED, ".parquet")


class LeftOut:
    """Files that were passed over, counted by kind: `135: 125 .md, 10 without suffix, such as notes.md`."""

    def __init__(self) -> None:
        self.total = 0
        self._kinds = Counter[str]()
        self._example = ""

    def add(self, name: str) -> None:
        kind = kind_of(name)[:20] or "without suffix"
        self._kinds[kind if kind in self._kinds or len(self._kinds) < MOST_KINDS else "of other kinds"] += 1
        self._example = self._example or name
        self.total += 1

    def __str__(self) -> str:
        if not self.total:
            return "0"
        listed = [f"{count:,} {kind}" for kind, count in self._kinds.most_common(SHOWN_KINDS)]
        if more := len(self._kinds) - len(listed):
            listed.append(f"{more} more kinds")
        return f"{self.total:,}: {', '.join(listed)}, such as {self._example[:100]}"
