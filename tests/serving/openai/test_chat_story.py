"""The history of a chat is only ever added to."""

import pytest

from pocket_narrator.serving.openai.chat_story import join_messages


@pytest.mark.parametrize(
    ("messages", "story"),
    [
        ([("user", "Once upon a time"), ("assistant", ", there was")], "Once upon a time, there was"),
        ([("user", "a ti"), ("assistant", "me"), ("user", "He")], "a time He"),
        ([("user", "a"), ("assistant", " b"), ("assistant", "c"), ("user", "d")], "a bc d"),
        ([("user", "a "), ("user", "b"), ("user", "\nc")], "a b\nc"),
        ([("user", "a"), ("assistant", "b"), ("user", ", c"), ("user", "\u201d d")], "ab, c\u201d d"),
        ([("system", "be kind"), ("user", "a"), ("developer", "x"), ("assistant", "b")], "ab"),
        ([("user", ""), ("assistant", "a"), ("user", "")], "a"),
        ([("user", "\u4ed6\u53eb"), ("assistant", "\u5c0f\u660e\u3002"), ("user", "\u5c0f\u660e")], "\u4ed6\u53eb\u5c0f\u660e\u3002\u5c0f\u660e"),
        ([("user", "\u306d\u3053"), ("user", "\u0e41\u0e21\u0e27"), ("user", "\u1019")], "\u306d\u3053\u0e41\u0e21\u0e27\u1019"),
        ([("user", "\uace0\uc591\uc774"), ("user", "\uac15")], "\uace0\uc591\uc774 \uac15"),
        ([("user", "\u0434\u043e\u043c"), ("user", "\u0438")], "\u0434\u043e\u043c \u0438"),
    ],
)  # fmt: skip
def test_messages(messages: list[tuple[str, str]], story: str) -> None:
    assert join_messages(messages) == story


def test_every_turn_continues_the_text_before_it() -> None:
    messages, before = [], ""
    for number in range(20):
        messages.append(("user" if number % 3 == 0 else "assistant", ["x", ", y", "z ", "\u3002"][number % 4]))
        story = join_messages(messages)
        assert story.startswith(before)
        if messages[-1][0] == "assistant":
            assert story == before + messages[-1][1]
        before = story
