"""Cleans a corpus: judges every story, leaves out duplicates, and writes what is kept and what is rejected, and why."""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pocket_narrator.corpus.cleaning.duplicates import Duplicates, StrictDuplicates
from pocket_narrator.corpus.cleaning.earlier.subsets import choose_subsets_strictly
from pocket_narrator.corpus.cleaning.judging import Judged, bands_of, judged_runs
from pocket_narrator.corpus.cleaning.manifest import Tally, manifest_text
from pocket_narrator.corpus.cleaning.output import (
    MANIFEST,
    CleaningOutput,
    PutAside,
    StoryFile,
    held_before,
    output_folder,
)
from pocket_narrator.corpus.cleaning.subsets import choose_subsets, write_subsets
from pocket_narrator.corpus.cleaning.verdict import Book, Reason, Verdict
from pocket_narrator.corpus.stories import DELIMITER, Story
from pocket_narrator.errors import CorpusError
from pocket_narrator.files.hashed_file import sha256_of
from pocket_narrator.files.json_file import read_json_object, say_on_stderr, without_checksum
from pocket_narrator.progress import Progress, progress
from pocket_narrator.recipe.schema import CleaningConfig

PARALLEL_FROM_BYTES = 20_000_000  # below this, starting processes takes longer than they save

Judging = Callable[[Iterable[Story], CleaningConfig], Iterator[tuple[list[Story], Judged]]]


@dataclass(frozen=True)
class Cleaned:
    """What a cleaning left behind, and its manifest."""

    folder: Path
    manifest: dict[str, Any]

    @property
    def clean(self) -> Path:
        return self.folder / "clean.txt"

    @property
    def validation(self) -> Path | None:
        """The clean validation stories, if there were any to clean."""
        return self.folder / "validation.txt" if "validation" in self.manifest else None

    def describe(self) -> str:
        """One line: how many stories are kept, and what rejected the others."""
        parts = []
        for part in ("train", "validation"):
            if part in self.manifest:
                summary = self.manifest[part]
                counts = summary["stories"]
                reasons = ", ".join(f"{rule} {about['stories']:,}" for rule, about in summary["reasons"].items())
                name = "validation " if part == "validation" else ""
                parts.append(
                    f"{counts['kept']:,} of {counts['read']:,} {name}stories kept"
                    + (f", rejected for {reasons}" if reasons else "")
                )
        return "; ".join(parts)

    @classmethod
    def open(cls, folder: Path, settings: CleaningConfig) -> "Cleaned | None":
        """What an earlier cleaning with these settings left in `folder`; None if there is none or it is damaged."""
        try:
            manifest = read_json_object(folder / MANIFEST)
            if manifest["format_version"] != settings.version:
                return None
            then = type(settings).model_validate(manifest["settings"])  # keys that came later are at their defaults
            if then != settings:
                return None
            for name, about in manifest["files"].items():
                if sha256_of(folder / name) != about["sha256"]:
                    raise ValueError(f"{name} is not what was written")
            found = cls(folder, manifest)
            found.describe()  # which reads the rest
        except FileNotFoundError:
            return None  # not there, or not finished
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            say_on_stderr(f"cleaning: what is in {folder} is damaged ({error}); cleaning again")
            return None
        return found


def clean(
    stories: Iterable[Story],
    folder: Path,
    settings: CleaningConfig,
    *,
    validation: Iterable[Story] | None = None,
    expected_bytes: int = 0,
    workers: int | None = None,
    judging: Judging | None = None,
) -> Cleaned:
    """Writes clean.txt, rejected.txt, half.txt, quarter.txt, eighth.txt and manifest.json into `folder`.

    With `validation`, that is cleaned first, to validation.txt and validation-rejected.txt, and a training story that
    repeats one of its stories (word for word, or nearly) is rejected: what is measured stays as it is, and what is
    trained on makes room. Books also get chapters.jsonl, a line for each.

    The files are the same for any number of `workers` (none: `expected_bytes` of text decide); they appear together
    or not at all. Memory: some megabytes for each worker, and the index of duplicates.
    `judging` applies the rules elsewhere, such as on a cluster.
    Raises CorpusError if nothing is kept or the folder cannot be written to.
    """
    folder = Path(folder)
    count = workers or (os.cpu_count() or 1 if expected_bytes >= PARALLEL_FROM_BYTES else 1)
    judge = judging or (lambda stories, settings: judged_runs(stories, settings, count))
    try:
        held = held_before(folder)
        with output_folder(folder) as output, progress("cleaning", expected_bytes / 1e6, "MB") as bar:
            manifest = _Cleaning(output, settings, judge, bar).run(stories, validation)
            if held:  # what an earlier cleaning kept is not given up for nothing
                _refuse_nothing(manifest, folder, is_written=False)
    except OSError as error:
        raise CorpusError(
            f"the clean stories cannot be written: {error.strerror or error}",
            where=str(folder),
            hint="choose a folder that you may write to, with space left on its disk; nothing half-written is left",
        ) from error
    _refuse_nothing(manifest, folder, is_written=True)
    return Cleaned(folder, manifest)


def _refuse_nothing(manifest: dict[str, Any], folder: Path, is_written: bool) -> None:
    """CorpusError where no story is kept. `is_written`: the rejected ones can be read."""
    for part, name in (("train", "rejected.txt"), ("validation", "validation-rejected.txt")):
        summary = manifest.get(part)
        if summary is None or summary["stories"]["kept"]:
            continue
        if not summary["stories"]["read"]:
            raise CorpusError(
                "there is no story to clean", where=str(folder), hint="name a text that has stories in it"
            )
        counts = ", ".join(f"{rule} {about['stories']:,}" for rule, about in summary["reasons"].items())
        read = "read some of the rejected stories, then" if is_written else "what was cleaned before is left as it is;"
        raise CorpusError(
            f"cleaning keeps none of {summary['stories']['read']:,} stories: {counts}",
            where=str(folder / name if is_written else folder),
            hint=f"{read} loosen a threshold or skip a rule (corpus.cleaning.skip=[RULE])",
        )


@dataclass
class _Part:
    """One text and its two files."""

    tally: Tally
    kept: StoryFile
    rejected: StoryFile
    story_bytes: PutAside  # of each kept story with its delimiter
    shuffle: PutAside
    chapters: StoryFile | None = None


class _Cleaning:
    """One call of `clean`: judged runs come in, in order; the duplicates among them are found here."""

    def __init__(self, output: CleaningOutput, settings: CleaningConfig, judge: Judging, bar: Progress) -> None:
        self._output = output
        self._settings = settings
        self._judge = judge
        self._bar = bar
        self._is_strict = settings.rules == "strict"
        similarity, skip = settings.near_duplicate_similarity, settings.skip
        self._duplicates = (
            StrictDuplicates()
            if self._is_strict
            else Duplicates(bands_of(settings), similarity, is_exact_a_reason="duplicate" not in skip)
        )

    def run(self, stories: Iterable[Story], validation: Iterable[Story] | None) -> dict[str, Any]:
        manifest: dict[str, Any] = {"settings": self._settings.model_dump(mode="json")}
        if validation is not None:
            manifest["validation"] = self._clean(
                "validation.txt", "validation-rejected.txt", validation
            ).tally.summary()
            if isinstance(self._duplicates, Duplicates):
                self._duplicates.hold_out()
            else:
                self._duplicates = StrictDuplicates()  # the earlier project cleaned each file by itself
        train = self._clean("clean.txt", "rejected.txt", stories)
        del self._duplicates  # the largest thing here, and not needed for the subsets
        manifest["train"] = train.tally.summary()
        self._write_subsets(train)
        for file in self._output.files.values():
            file.close()
        manifest["files"] = {name: file.summary() for name, file in self._output.files.items()}
        self._output.open(MANIFEST).write(manifest_text(MANIFEST, manifest).encode(), 0)
        return without_checksum(MANIFEST, json.loads(manifest_text(MANIFEST, manifest)))

    def _clean(self, kept: str, rejected: str, stories: Iterable[Story]) -> _Part:
        sizes, shuffle = (
            self._output.open_aside(f"{kept}.{name}", dtype)
            for name, dtype in (("sizes", np.uint32), ("shuffle", np.uint64))
        )
        part = _Part(Tally(), self._output.open(kept), self._output.open(rejected), sizes, shuffle)
        if self._settings.books and kept == "clean.txt":
            part.chapters = self._output.open("chapters.jsonl")
        for run, judged in self._judge(stories, self._settings):
            self._take(part, run, judged)
            self._bar.advance(sum(len(story.text) for story in run) / 1e6)
        return part

    def _take(self, part: _Part, run: list[Story], judged: Judged) -> None:
        first = part.tally.stories_read
        repeated = self._duplicates.check(judged.prints, [first + index for index in judged.printed])
        against = {index: reason for index, reason in zip(judged.printed, repeated, strict=True) if reason is not None}
        shuffle = dict(zip(judged.printed, judged.shuffle, strict=False))
        kept, places, rejected = [], [], []
        for index, (story, verdict) in enumerate(zip(run, judged.verdicts, strict=True)):
            reasons = self._all_reasons(verdict, against.get(index))
            if reasons:
                part.tally.reject(len(story.text), reasons)
                rejected.append(_rejected_block(first + index, story, reasons))
                continue
            raw = f"{verdict.text}\n{DELIMITER}\n".encode()
            kept.append(raw)
            places.append(shuffle.get(index, 0))
            part.tally.keep(len(story.text), len(verdict.text), verdict.mended)
            if part.chapters is not None and verdict.book is not None:
                part.chapters.write(_chapters_line(part.tally.stories_kept - 1, story, verdict.book), 1)
        part.kept.write(b"".join(kept), len(kept))
        part.story_bytes.extend([len(raw) for raw in kept])
        part.shuffle.extend(places)
        part.rejected.write("".join(rejected).encode("utf-8", "backslashreplace"), len(rejected))

    def _all_reasons(self, verdict: Verdict, repeated: Reason | None) -> tuple[Reason, ...]:
        if repeated is None:
            return verdict.reasons
        if self._is_strict:  # duplicates come before the words there
            before = tuple(reason for reason in verdict.reasons if reason.rule != "non_english_words")
            return (*before, repeated, *verdict.reasons[len(before) :])
        return (repeated,)

    def _write_subsets(self, part: _Part) -> None:
        part.kept.close()
        story_bytes = part.story_bytes.take()
        if self._is_strict:
            chosen = choose_subsets_strictly(len(story_bytes), self._settings.seed)
        else:
            chosen = choose_subsets(part.shuffle.take())
        files = {name: self._output.open(f"{name}.txt") for name in chosen}
        write_subsets(part.kept.path, story_bytes, chosen, files)


def _rejected_block(number: int, story: Story, reasons: Sequence[Reason]) -> str:
    """A story as it was read, below a line that says why it was rejected; parted like stories, so it reads as one."""
    text = story.text.replace(DELIMITER, "<|endoftext |>")
    return f"### STORY {number} | reasons: {', '.join(map(str, reasons))}\n{text}\n{DELIMITER}\n"


def _chapters_line(index: int, story: Story, book: Book) -> bytes:
    chapters = [{"title": title, "start": start} for title, start in book.chapters]
    about = {"story": index, "where": story.where, "title": book.title, "author": book.author, "chapters": chapters}
    return (json.dumps(about, ensure_ascii=False) + "\n").encode()
