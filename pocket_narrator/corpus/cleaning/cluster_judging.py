"""The rules on a cluster: runs of stories there and what is said of them back, as bytes."""

import json
from collections import deque
from collections.abc import Iterable, Iterator
from functools import partial

import numpy as np

from pocket_narrator.corpus.cleaning.judging import Judged, judge_run, story_runs
from pocket_narrator.corpus.cleaning.shingles import Prints
from pocket_narrator.corpus.cleaning.verdict import Book, Reason, Verdict
from pocket_narrator.corpus.cluster import map_on_cluster
from pocket_narrator.corpus.stories import Story
from pocket_narrator.recipe.schema import CleaningConfig

ARRAYS = {"exact": np.dtype("<u8"), "signatures": np.dtype("u1"), "keys": np.dtype("<u4")}


def judged_on_cluster(stories: Iterable[Story], settings: CleaningConfig) -> Iterator[tuple[list[Story], Judged]]:
    """As `judged_runs`, by the same function, on a Ray cluster."""
    sent: deque[list[Story]] = deque()

    def payloads() -> Iterator[bytes]:
        for run in story_runs(stories):
            sent.append(run)
            yield json.dumps([story.text for story in run]).encode()

    for answer in map_on_cluster(partial(_answer, settings.model_dump_json()), payloads()):
        yield sent.popleft(), judged_from_bytes(answer)


def _answer(settings: str, payload: bytes) -> bytes:
    return judged_to_bytes(judge_run(json.loads(payload), CleaningConfig.model_validate_json(settings)))


def judged_to_bytes(judged: Judged) -> bytes:
    """JSON, its length before it, and the arrays after it."""
    arrays = {name: getattr(judged.prints, name) for name in ARRAYS}
    verdicts = [
        [verdict.text, verdict.reasons, verdict.mended, None if verdict.book is None else vars(verdict.book)]
        for verdict in judged.verdicts
    ]
    head = json.dumps([verdicts, judged.printed, judged.shuffle, {n: a.shape for n, a in arrays.items()}]).encode()
    raw = b"".join(array.astype(ARRAYS[name], copy=False).tobytes() for name, array in arrays.items())
    return len(head).to_bytes(8, "little") + head + raw


def judged_from_bytes(raw: bytes) -> Judged:
    begin = 8 + int.from_bytes(raw[:8], "little")
    verdicts, printed, shuffle, shapes = json.loads(raw[8:begin])
    arrays = {}
    for name, dtype in ARRAYS.items():
        count = int(np.prod(shapes[name]))
        arrays[name] = np.frombuffer(raw, dtype, count, begin).reshape(shapes[name])
        begin += count * dtype.itemsize
    return Judged([_verdict(*parts) for parts in verdicts], printed, Prints(**arrays), shuffle)


def _verdict(text: str, reasons: list[list[str]], mended: list[str], book: dict | None) -> Verdict:
    if book is not None:
        book["chapters"] = tuple((title, start) for title, start in book["chapters"])
    return Verdict(
        text, tuple(Reason(*reason) for reason in reasons), tuple(mended), [], None if book is None else Book(**book)
    )
