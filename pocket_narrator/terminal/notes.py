"""What is said in one line, and once, however often what it is about is done."""

from pocket_narrator.terminal.messages import say

_said: set[str] = set()


def say_once(line: str) -> None:
    """Prints the line to stderr unless that has been done."""
    if line not in _said:
        _said.add(line)
        say(line)
