"""Answers on disk, by the content of their questions: an interrupted judging goes on, and the same one costs nothing."""

import hashlib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pocket_narrator.errors import JudgeError
from pocket_narrator.evaluation.judge.question import Question
from pocket_narrator.evaluation.judge.rubrics import CODE
from pocket_narrator.files.json_file import dump_json, read_json_object, write_json_object


class Cache:
    """One small file an answer, written when the answer is read; failures are never kept."""

    def __init__(self, folder: Path, judge: dict) -> None:
        """`judge` is all that an answer depends on beside the question: endpoint, model, temperature."""
        self.folder = folder
        self.judge = judge

    def get(self, question: Question) -> dict[str, Any] | None:
        """The validated values; none where there are none, or where the file is damaged."""
        try:
            stored = read_json_object(self._path(question))
            values = question.reply.model_validate({**stored["values"], CODE: ""}).model_dump()
        except (OSError, ValueError, KeyError, TypeError, ValidationError):
            return None
        del values[CODE]
        return values

    def put(self, question: Question, values: dict[str, Any]) -> None:
        """Raises JudgeError where it cannot be written."""
        try:
            write_json_object(self._path(question), {"values": values, "judge": self.judge})
        except OSError as error:
            raise JudgeError(
                f"an answer cannot be kept: {error.strerror or error}",
                where=str(self.folder),
                hint="see to the disk, or choose another folder with --cache",
            ) from error

    def _path(self, question: Question) -> Path:
        key = hashlib.sha256(dump_json({"judge": self.judge, "question": question.identity()})).hexdigest()
        return self.folder / key[:2] / f"{key}.json"
