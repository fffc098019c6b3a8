"""Options that would be taken and then forgotten are refused instead."""

from collections.abc import Collection

import typer

from pocket_narrator.errors import NarratorError

# Of `narrator tell`.
_DRAWING = ("temperature", "top_k", "top_p", "min_p", "typical", "mirostat", "seed")  # how a token is drawn
_OF_STORIES = ("repetition_penalty", "no_repeat_ngram", "stop", "stories", "greedy", "logprobs", "precision")


def given_options(context: typer.Context) -> dict[str, str]:
    """The parameters that the command line names, and how it spells them: `top_k` is `--top-k`."""
    return {
        str(parameter.name): parameter.opts[0]
        for parameter in context.command.params
        if parameter.name and getattr(context.get_parameter_source(parameter.name), "name", "") == "COMMANDLINE"
    }


def refuse_without_effect(given: dict[str, str], names: Collection[str], when: str, hint: str | None = None) -> None:
    """NarratorError where one of these parameters is given. when: in which they have no effect, such as "with --beams"."""
    useless = [spelled for name, spelled in given.items() if name in names]
    if useless:
        verb = "has" if len(useless) == 1 else "have"
        raise NarratorError(
            f"{', '.join(useless)} {verb} no effect {when}",
            hint=hint or f"leave {'it' if len(useless) == 1 else 'them'} out",
        )


def refuse_in_tell(given: dict[str, str], is_greedy: bool) -> None:
    """The pairs of `narrator tell`'s options of which one does nothing."""
    if "beams" in given:
        refuse_without_effect(
            given,
            (*_DRAWING, *_OF_STORIES),
            "with --beams, which searches for the likeliest stories and draws none",
            "of the options that shape a story, --beams takes --max-tokens alone",
        )
    if "json" not in given:
        refuse_without_effect(given, ["logprobs"], "without --json, which prints them", "add --json")
    else:
        refuse_without_effect(given, ["stream"], "with --json, which prints each story when it has ended")
    if is_greedy:
        others = {name: spelled for name, spelled in given.items() if name != "temperature" or "greedy" in given}
        when = "where the most likely token is always taken (--greedy or --temperature 0)"
        refuse_without_effect(others, [*_DRAWING, "stories"], when)
    if "mirostat" in given:
        refuse_without_effect(given, ["top_k", "top_p", "min_p", "typical"], "with --mirostat, which takes their place")
