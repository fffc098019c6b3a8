"""Signals: the first one asks, the second one stops, and the handlers are given back."""

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pocket_narrator.training.machine.signals import SIGNALS, StopRequest


def handlers() -> list:
    return [signal.getsignal(number) for number in SIGNALS]


@pytest.mark.parametrize("number", SIGNALS)
def test_the_first_signal_asks_and_the_second_stops(number: int) -> None:
    before = handlers()
    with StopRequest() as stop:
        assert not stop.requested
        signal.raise_signal(number)
        assert stop.requested
        assert handlers() != before
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
        assert handlers() == before
    assert handlers() == before


def test_two_different_signals_count_as_two() -> None:
    with StopRequest():
        signal.raise_signal(signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_handlers_come_back_after_an_error() -> None:
    before = handlers()
    with pytest.raises(ZeroDivisionError), StopRequest():
        raise ZeroDivisionError
    assert handlers() == before


def test_outside_the_main_thread_nothing_is_touched() -> None:
    before = handlers()
    seen = []

    def work() -> None:
        with StopRequest() as stop:
            seen.append((stop.requested, handlers()))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [(False, before)]


LOOP = """
from pocket_narrator.training.machine.signals import StopRequest
with StopRequest() as stop:
    print("ready", flush=True)
    while not stop.requested:
        pass
    print("saved", flush=True)
    while {stubborn}:
        pass
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a signal to another process ends it on Windows")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("stubborn", [False, True])
def test_a_real_process(number: int, stubborn: bool) -> None:
    command = [sys.executable, "-c", LOOP.format(stubborn=stubborn)]
    root = Path(__file__).parents[3]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=root) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        assert process.stdout.readline() == "saved\n"
        if stubborn:
            process.send_signal(number)
        assert process.wait() in ((-signal.SIGINT, 130) if stubborn else (0,))
