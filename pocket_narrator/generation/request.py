"""One story that an engine is asked for, and the tokens that come of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pocket_narrator.generation.healing import Seam
from pocket_narrator.generation.sampler import LogProbs, Sampler

# end-of-text, `max_tokens`, one of the texts of `stop`, or what is in `failure`
Ending = Literal["end", "length", "stop", "failed"]


class Request:
    """One story that an engine generates or is going to generate."""

    __slots__ = (
        "ended",
        "generated",
        "has_read",
        "prompt",
        "prompt_log_probs",
        "sampler",
        "seam",
        "slot",
        "story",
        "unread",
    )

    def __init__(
        self,
        prompt: Sequence[int],
        unread: list[int],
        sampler: Sampler,
        seam: Seam | None = None,
        scores_prompt: bool = False,
        story: int = 0,
    ) -> None:
        self.prompt = prompt
        self.unread = unread  # tokens that its slot has not read yet
        self.sampler = sampler
        self.seam = seam  # until it is decided whether the prompt's end is spelled anew
        self.prompt_log_probs: list[LogProbs] | None = [] if scores_prompt else None
        self.story = story  # which of the caller's stories it is
        self.slot: int | None = None
        self.has_read = False
        self.generated = 0  # tokens
        self.ended = False


@dataclass(slots=True)
class GeneratedToken:
    """One more token of a story; or that the story cannot go on, which ends no other one."""

    request: Request
    token: int
    ending: Ending | None
    """Why it is the last one."""
    log_probs: LogProbs | None = None
    """Where they were asked for."""
    known: int = 0
    """Bytes of the token that the prompt has already (see `healing`)."""
    failure: Exception | None = None
    text: str = ""
    """What can be shown now: none while a character or a stop text may be going on."""

    @property
    def story(self) -> int:
        """Which of the stories that were asked for together."""
        return self.request.story

    @property
    def is_last(self) -> bool:
        return self.ending is not None
