"""Who is being told what: at most one telling a reader, of one model or of two side by side."""

import asyncio
import sys
import traceback
from collections.abc import AsyncIterator, Sequence
from typing import Any

import gradio as gr

from pocket_narrator.errors import NarratorError, PromptError
from pocket_narrator.serving.page import drawing
from pocket_narrator.serving.page.controls import Controls
from pocket_narrator.serving.page.storytellers import Storyteller
from pocket_narrator.serving.page.telling import FRAME_S, Telling
from pocket_narrator.serving.worker import Overloaded

NOBODY = "nobody"  # in place of a second model

Picture = tuple[
    Any, Any, Any, Any, Any, Any
]  # of the page: left and right story, problem, buttons tell, stop and another


class Readers:
    """A reader is a page that somebody has loaded."""

    def __init__(self, storytellers: Sequence[Storyteller]) -> None:
        self.storytellers = list(storytellers)
        self._by_name = {one.name: one for one in storytellers}
        self._told: dict[str | None, list[Telling]] = {}

    async def tell(
        self, request: gr.Request, prompt: Any, name: Any, other: Any, *controls: Any
    ) -> AsyncIterator[Picture]:
        """Pictures of the stories until they have ended, or one of what is wrong."""
        self.stop(request)
        try:
            tellings = self._begin(prompt, [name] if other == NOBODY else [name, other], Controls.of(*controls))
        except Overloaded:
            yield _wrong("too many stories are being generated\n  hint: try again in a moment")
            return
        except NarratorError as error:
            yield _wrong(str(error))
            return
        except Exception as bug:  # its traceback is for the terminal
            traceback.print_exception(bug, file=sys.stderr)
            yield _wrong("something went wrong here\n  The terminal of the server says more.")
            return
        self._told[request.session_hash] = tellings
        try:
            yield _first(tellings)
            while any(telling.ending is None for telling in tellings):
                await asyncio.sleep(FRAME_S)
                for telling in tellings:
                    telling.take()
                yield _next(tellings)
            yield _last(tellings)
        finally:  # also where the reader has gone
            for telling in tellings:
                telling.stop()
            if self._told.get(request.session_hash) is tellings:
                del self._told[request.session_hash]

    def stop(self, request: gr.Request) -> None:
        """Ends what a reader is being told."""
        for telling in self._told.pop(request.session_hash, []):
            telling.stop()

    def stop_all(self) -> None:
        """Ends what everybody is being told."""
        for telling in [one for told in self._told.values() for one in told]:
            telling.stop()

    def _begin(self, prompt: Any, names: list[Any], controls: Controls) -> list[Telling]:
        """All or none."""
        if not isinstance(prompt, str):
            raise PromptError("the prompt is not a text")
        for name in names:
            if not isinstance(name, str) or name not in self._by_name:
                raise PromptError(f"there is no model '{str(name)[:100]}' here", expected=", ".join(self._by_name))
        if len(set(names)) < len(names):
            raise PromptError("a model cannot be compared with itself", hint="choose another one beside it")
        tellings: list[Telling] = []
        try:
            for name in names:
                teller = self._by_name[name]
                tellings.append(Telling(teller, prompt, controls.options(teller)))
        except BaseException:
            for telling in tellings:
                telling.stop()
            raise
        return tellings


def _first(tellings: Sequence[Telling]) -> Picture:
    left, right = _stories(tellings)
    beside = gr.update(value=right, visible=True) if len(tellings) > 1 else gr.update(value="", visible=False)
    return left, beside, gr.update(visible=False), *_buttons(is_telling=True)


def _next(tellings: Sequence[Telling]) -> Picture:
    return *_stories(tellings), gr.skip(), gr.skip(), gr.skip(), gr.skip()


def _last(tellings: Sequence[Telling]) -> Picture:
    failures = [telling.failure for telling in tellings if telling.failure is not None]
    problem = gr.update(value=drawing.problem(failures[0]), visible=True) if failures else gr.skip()
    return *_stories(tellings), problem, *_buttons(is_telling=False)


def _wrong(message: str) -> Picture:
    problem = gr.update(value=drawing.problem(message), visible=True)
    return gr.skip(), gr.skip(), problem, gr.skip(), gr.skip(), gr.skip()


def _stories(tellings: Sequence[Telling]) -> tuple[Any, Any]:
    left, right = (
        (drawing.story(telling) for telling in tellings)
        if len(tellings) > 1
        else (drawing.story(tellings[0]), gr.skip())
    )
    return left, right


def _buttons(*, is_telling: bool) -> tuple[Any, Any, Any]:
    return gr.update(visible=not is_telling), gr.update(visible=is_telling), gr.update(interactive=not is_telling)
