"""What a reader did with a text beyond reading it, in one line, said once however often the text is read."""

from pocket_narrator.terminal.messages import say

_said: set[str] = set()


def say_once(line: str) -> None:
    """Prints the line to stderr unless that has been done."""
    if line not in _said:
        _said.add(line)
        say(line)
