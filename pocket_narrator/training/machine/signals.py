"""Ctrl-C and termination finish the step that is being computed; the second one stops at once."""

import contextlib
import os
import signal
import threading
from types import FrameType

SIGNALS = [
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGBREAK")
    if hasattr(signal, name)  # SIGBREAK: Windows
]


class StopRequest:
    """`with StopRequest() as stop: ... if stop.requested: save and return`.

    The first signal sets `requested`, the second restores the former handlers and raises KeyboardInterrupt, for which a
    program exits with code 130. Outside the main thread, where Python delivers no signals, it never requests anything.
    """

    def __init__(self) -> None:
        self.requested = False
        self._former: dict[int, signal.Handlers | object] = {}

    def __enter__(self) -> "StopRequest":
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                self._former[number] = signal.signal(number, self._handle)
        return self

    def __exit__(self, *_: object) -> None:
        self._restore()

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.requested:
            self._restore()
            raise KeyboardInterrupt
        self.requested = True
        # Not print, which the signal may have interrupted. The new line keeps clear of a progress bar.
        with contextlib.suppress(OSError):
            os.write(2, b"\nstopping: the step is finished and saved first; a second signal stops at once\n")

    def _restore(self) -> None:
        while self._former:
            number, handler = self._former.popitem()
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)  # type: ignore[arg-type]
