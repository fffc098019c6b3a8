"""Options as people type them: prefixes are taken, another program's names are answered with the command that works here."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pocket_narrator.cli.arguments.option_words import INSTEAD, NOT_NEEDED, OVERRIDES, POSITIONAL
from pocket_narrator.cli.commands import ALIASES, COMMANDS
from pocket_narrator.cli.own_commands import plugins_named
from pocket_narrator.errors import NarratorError
from pocket_narrator.terminal.messages import command, shell_words

TAKES_RECIPE = ("train", "prepare", "import")
# Texts that may be empty, or of which their command says itself what is wrong; anything else that is empty was never set.
MAY_BE_EMPTY = ("prompt", "prompts", "passage", "text", "stop", "api_key")


def complete_options(parser: Any, typed: str, arguments: Sequence[str]) -> list[str]:
    """The arguments with their options spelled out: `--temp` for `--temperature` where nothing else begins like that,
    and `--max_tokens` for `--max-tokens`. NarratorError where several options begin like that."""
    if subcommand := getattr(parser, "commands", {}).get(arguments[0] if arguments else None):
        return [arguments[0], *complete_options(subcommand, typed, arguments[1:])]
    takes_value = _options(parser)
    done: list[str] = []
    words = iter(arguments)
    for word in words:
        if word == "--":
            return [*done, word, *words]
        if re.match(r"-[a-z]{2}", word) and (whole := _full_name(f"-{word}", list(takes_value), typed)) in takes_value:
            right = command(typed, *done, whole, *words)
            raise NarratorError(
                f"there is no option {word}", where=f"narrator {typed}", hint=f"with two dashes:\n    {right}"
            )
        if word.startswith("-") and len(word.split()) > 1 and "=" not in word.split()[0]:
            right = command(typed, *done, *words, "--", word)
            raise NarratorError(
                "a text that begins with a hyphen is taken for an option", found=word, hint=f"after a --:\n    {right}"
            )
        if not word.startswith("--"):
            done.append(word)
            if takes_value.get(word):
                done += [value for value in [next(words, None)] if value is not None]
            continue
        name, equals, value = word.partition("=")
        name = name if name in takes_value else _full_name(name, list(takes_value), typed)
        done.append(name + equals + value)
        if takes_value.get(name) and not equals:
            done += [value for value in [next(words, None)] if value is not None]
    return done


def refuse_empty(parser: Any, words: Sequence[str]) -> None:
    """NarratorError where a value is empty, as that of a shell variable that was never set: as a path it would be the folder
    that the shell is in. `words`: the command's name and its arguments, with the options spelled out."""
    if subcommand := getattr(parser, "commands", {}).get(words[1] if len(words) > 1 else None):
        return refuse_empty(subcommand, [f"{words[0]} {words[1]}", *words[2:]])
    named = {name: one for one in parser.params for name in (*one.opts, *one.secondary_opts)}
    takes_value = _options(parser)
    places = iter([one for one in parser.params if one.param_type_name == "argument"])
    place: Any = None
    rest = iter(words[1:])
    is_over = False  # the options, after --
    for word in rest:
        name, equals, value = word.partition("=")
        if word == "--" and not is_over:
            is_over = True
        elif word.startswith("-") and not is_over:
            value = value if equals or not takes_value.get(name) else next(rest, "?")
            if name in named and takes_value[name] and not value:
                _refuse_if_empty(named[name], name, words[0])
        else:
            place = place if place is not None and place.nargs == -1 else next(places, place)
            if not word and place is not None:
                _refuse_if_empty(place, str(place.name).rstrip("_").upper(), words[0])


def _refuse_if_empty(parameter: Any, name: str, typed: str) -> None:
    if parameter.name not in MAY_BE_EMPTY:
        raise NarratorError(
            f"{name} is empty",
            where=f"narrator {typed}",
            hint="a variable of the shell that was never set? Give a value"
            + ("" if parameter.required else ", or leave it out"),
        )


def _options(parser: Any) -> dict[str, bool]:
    """Every spelling of every option, and whether a value follows."""
    found: dict[str, bool] = {"--help": False, "-h": False}
    for parameter in parser.params:
        if parameter.param_type_name == "option":
            for name in (*parameter.opts, *parameter.secondary_opts):
                found[name] = not parameter.is_flag
    return found


def _full_name(name: str, options: list[str], typed: str) -> str:
    spelled = name.lower().replace("_", "-")
    if spelled in options:
        return spelled
    # Another program's name for something else is not a prefix: `--out` of a longer name, `--length`, `--n`.
    matches = [option for option in options if option.startswith(spelled) and len(spelled) > 2]
    if len(matches) > 1 and not _elsewhere(typed, spelled, options):
        raise NarratorError(
            f"{name} can be {' or '.join(matches)}", where=f"narrator {typed}", hint="write the one that you mean"
        )
    return matches[0] if len(matches) == 1 else name


def _elsewhere(typed: str, option: str, options: Sequence[str]) -> str | None:
    """The option of this command that does what another program's `option` does."""
    by_command = INSTEAD.get({"generate": "tell", "overlap": "seen"}.get(typed, typed), {})
    candidates = by_command.get(option) or INSTEAD["any"].get(option, ())
    return next((candidate for candidate in candidates if candidate in options), None)


def wrong_arguments(error: Any, words: Sequence[str]) -> NarratorError:
    """What is wrong with the arguments, and what to type: `words` are the command's name and all that follows."""
    where = error.ctx.command_path if error.ctx is not None else f"narrator {words[0]}"
    usage = f"{_help_of(where, words)} explains its arguments"
    kind = type(error).__name__
    if kind == "NoSuchOption":
        return _no_such_option(error, words, where)
    if kind == "BadOptionUsage" and "requires an argument" in error.message:
        return NarratorError(f"{error.option_name} needs a value", where=where, hint=usage)
    if kind == "MissingParameter":
        return _missing(error, words, where)
    message = " ".join(error.format_message().split()).rstrip(".")
    if found := re.match(r"No such command '(.*?)'", message):
        known = _commands(error)
        what = f"'{found[1]}' is not a command of {where}"
        return NarratorError(what, expected=known, hint=usage)
    if found := re.match(r"Missing command", message):
        return NarratorError(f"{where} needs a command of its own", expected=_commands(error), hint=usage)
    if found := re.match(r"Got unexpected extra argument\S* \((.*)\)$", message):
        return _too_many(found[1], where, usage)
    message = re.sub(r"^Invalid value for '(.+?)': (?:Input |Value error, )?", r"\1: ", message)
    message = re.sub(r"^Option '(.+?)' does not take a value", r"\1 takes no value", message)
    return NarratorError(message[0].lower() + message[1:], where=where, hint=usage)


def _commands(error: Any) -> str:
    return ", ".join(error.ctx.command.commands)


def _too_many(extra: str, where: str, usage: str) -> NarratorError:
    what = f"nothing is done with '{extra}': this command takes fewer arguments"
    hint = "a path or text with blanks stands in quotes; " + usage
    return NarratorError(what, where=where, hint=hint)


def _missing(error: Any, words: Sequence[str], where: str) -> NarratorError:
    parameter = error.param
    name = (parameter.name or "argument").upper()
    if parameter.param_type_name == "option":
        name = parameter.opts[0]
    if name == "RECIPE":
        first = f"the first one, of two minutes:\n    {command(words[0], 'storyworld-quick')}"
        return NarratorError("which recipe?", where=where, hint=f"{command('recipes')} lists them; {first}")
    text = getattr(parameter, "help", None) or ""
    return NarratorError(
        f"{name} is missing",
        where=where,
        expected=text.rstrip(".") or None,
        hint=f"{_help_of(where, words)} explains its arguments",
    )


def _help_of(where: str, words: Sequence[str]) -> str:
    """The command that shows help; of a command that was added with the file that adds it."""
    if words[0] in COMMANDS or words[0] in ALIASES:
        return f"{where} --help"
    return f"{where} --help" + "".join(f" {shell_words(['--plugin', file])}" for file in plugins_named(words))


def _no_such_option(error: Any, words: Sequence[str], where: str) -> NarratorError:
    option = error.option_name
    options = _options(error.ctx.command)
    what = f"there is no option {option}"
    position, inline = _place_of(words, option)
    value, used = _value_of(words, position, inline)
    given = [] if value is None else [value]

    def instead(*replacement: str) -> str:
        return "\n    " + command(*words[:position], *replacement, *words[position + used :])

    if reason := POSITIONAL.get(words[0], {}).get(option):
        whole = command(words[0], *given, *words[1:position], *words[position + used :])
        return NarratorError(what, where=where, hint=f"{reason}:\n    {whole}")
    if reason := NOT_NEEDED.get(words[0], {}).get(option):
        return NarratorError(what, where=where, hint=f"{reason}:{instead()}")
    if other := _elsewhere(words[0], option.lower().replace("_", "-"), list(options)):
        return NarratorError(what, where=where, hint=f"it is {other} here:{instead(other, *given)}")
    if words[0] in TAKES_RECIPE and (hint := _as_override(option, value, words, options)):
        return NarratorError(what, where=where, hint=hint)
    near = [name for name in error.possibilities or () if name != "--help"]
    found = f"; did you mean {' or '.join(near)}?" if near else ""
    return NarratorError(what + found, where=where, hint=f"{_help_of(where, words)} explains its options")


def _value_of(words: Sequence[str], position: int, inline: str | None) -> tuple[str | None, int]:
    """What follows an option as its value, if anything does, and how many words both take."""
    if inline is not None:
        return inline, 1
    after = words[position + 1] if position + 1 < len(words) else None
    return (None, 1) if after is None or after.startswith("-") else (after, 2)


def _place_of(words: Sequence[str], option: str) -> tuple[int, str | None]:
    """Where the option stands in the words, and its value where that is joined to it."""
    for position, word in enumerate(words):
        if word == option:
            return position, None
        if word.startswith(f"{option}="):
            return position, word[len(option) + 1 :]
        if len(option) == 2 and word.startswith(option) and not word.startswith("--"):
            return position, word[2:]
    return len(words) - 1, None


def _as_override(option: str, value: str | None, words: Sequence[str], options: Mapping[str, bool]) -> str | None:
    """How a recipe's key is set, where that is what the option names: the whole command, with all its options set so."""
    keys = _overrides(option, value)
    if isinstance(keys, str):
        return keys
    if not keys:
        return None
    done: list[str] = []
    place = 0
    while place < len(words):
        name, equals, inline = words[place].partition("=")
        if not name.startswith("--") or name in options:
            step = 2 if options.get(name) and not equals else 1
            done += words[place : place + step]
            place += step
            continue
        joined, used = _value_of(words, place, inline if equals else None)
        found = _overrides(name, joined)
        done += found if isinstance(found, list) and found else words[place : place + used]
        place += used
    return f"a recipe's keys are set without dashes:\n    {command(*done)}"


def _overrides(option: str, value: str | None) -> list[str] | str:
    """The overrides that say what this option of another program says; in words where that takes more."""
    from pocket_narrator.recipe.keys.words import SECTION_WORDS, SYNONYMS, UNLIKE, keys_named

    name = option.lstrip("-").replace("-", "_")
    value = "true" if value is None else value
    if fixed := OVERRIDES.get(name):
        return [part.format(value=value) for part in fixed]
    if name in UNLIKE:
        return UNLIKE[name].format(value=value)
    if name in SECTION_WORDS:
        return [f"{name}.{SECTION_WORDS[name]}={value}"]
    if "." in name:  # --training.steps=5
        return [f"{name}={value}"]
    keys = [SYNONYMS[name]] if name in SYNONYMS else keys_named(name)
    return [f"{keys[0]}={value}"] if keys else []
