"""Plots: compiled from the notation described in `plots/__init__.py` into steps that a teller runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pocket_narrator.storyworld.events import EVENTS
from pocket_narrator.storyworld.telling.casting import CASTERS
from pocket_narrator.storyworld.telling.teller import Teller
from pocket_narrator.storyworld.telling.template import ALWAYS_THERE, Choice, Compiler, Fragment, render
from pocket_narrator.storyworld.world import Statement, World, statements

# Wordings that begin with the name of a character, as `openers` writes them.
NAMES = frozenset({":hero", ":friend", ":parent", ":elder"})


class Impossible(AssertionError):
    """An event whose preconditions do not hold."""

    def __init__(self, event: tuple[str, tuple[str, ...]], need: Statement) -> None:
        super().__init__(f"{' '.join((event[0], *event[1]))}: '{need}' does not hold")
        self.event = event
        self.need = need


class Beat:
    """Events that happen together, and the wordings that tell them."""

    __slots__ = ("_after", "choice", "events", "first", "last", "makes", "needs", "needs_first", "spoken")

    def __init__(self, events: list[tuple[str, tuple[str, ...]]], choice: Choice | None) -> None:
        self.events = events
        self.needs: list[tuple[tuple[Statement, ...], tuple[Statement, ...]]] = []
        self.spoken = False
        for name, arguments in events:
            self.needs.append(EVENTS[name].bind(arguments))
            self.spoken = self.spoken or EVENTS[name].speech
        self.choice = choice
        self.first = [pair[0] for pair in choice.openers] if choice else []
        self.last = [pair[1] for pair in choice.openers] if choice else []
        # Wordings that are left after a sentence that began with given words.
        self._after: dict[frozenset[str], tuple[Choice, list[int]]] = {}

    def run(self, teller: Teller) -> None:
        """Makes the events happen, and tells them."""
        self.happen(teller.world)
        self.tell(teller)

    def happen(self, world: World) -> None:
        """Checks what must be true, and makes the effects true. Raises Impossible where it is not."""
        for event, (needs, makes) in zip(self.events, self.needs, strict=True):
            for need in needs:
                if not world.holds(need):
                    raise Impossible(event, need)
            world.make(makes)

    def tell(self, teller: Teller) -> None:
        """Writes one of the wordings, where the events have any."""
        if self.choice is None:
            return
        # A paragraph does not begin with a name, and a sentence not like the one before it.
        after = teller.last_openers if teller.in_paragraph else teller.last_openers | NAMES
        choice, positions = self._allowed(after | teller.told_by_name(after))
        teller.begin_sentence()
        position = teller.choose(choice.site, choice.options, choice.weights)
        body = choice.bodies[position]
        if body:
            render(body, teller)
        teller.end_sentence()
        if body:
            teller.last_openers = self.last[positions[position]]

    def _allowed(self, after: frozenset[str]) -> tuple[Choice, list[int]]:
        if after not in self._after:
            choice = self.choice
            assert choice is not None
            positions = [n for n in range(len(choice.options)) if not self.first[n] & after]
            if not any(choice.bodies[n] for n in positions):
                positions = list(range(len(choice.options)))
            options = tuple(choice.options[n] for n in positions)
            kept = Choice(choice.site, options, ())
            kept.bodies = tuple(choice.bodies[n] for n in positions)
            self._after[after] = kept, positions
        return self._after[after]


class Paragraph:
    """The end of a paragraph."""

    def run(self, teller: Teller) -> None:
        """Ends it."""
        teller.end_paragraph()


class Pick:
    """A trait of a character, decided by chance; the next beats tell it."""

    def __init__(self, site: str, role: str, values: tuple[str, ...]) -> None:
        self.site = site
        self.key = ("trait", role)
        self.values = values

    def run(self, teller: Teller) -> None:
        """Decides it."""
        teller.world.single[self.key] = self.values[teller.choose(self.site, self.values)]


class Maybe:
    """A beat that happens in every second story; decoration more rarely where there is less of it."""

    def __init__(self, site: str, beat: Beat, decorates: bool) -> None:
        self.site = site
        self.beat = beat
        self.decorates = decorates

    def run(self, teller: Teller) -> None:
        """Decides, and runs the beat or leaves it out."""
        if self.happens(teller):
            self.beat.run(teller)

    def happens(self, teller: Teller) -> bool:
        """Decides."""
        return teller.happens(self.site, teller.dials.decoration / 2 if self.decorates else 0.5)


class Later:
    """Paragraphs of other days between what is set up and what comes of it, as many as the dials say."""

    def __init__(self, beat: Beat) -> None:
        self.beat = beat

    def run(self, teller: Teller) -> None:
        """Tells them."""
        for step in self.block(teller):
            step.run(teller)

    def block(self, teller: Teller) -> list:
        """The steps of all of them."""
        return [Paragraph(), self.beat] * teller.dials.dependency


class Branch:
    """Blocks of steps with conditions on the world; the first that holds is run. No chance is involved."""

    def __init__(self, blocks: list[tuple[tuple[Statement, ...], list]]) -> None:
        self.blocks = blocks

    def run(self, teller: Teller) -> None:
        """Runs the first block whose conditions hold."""
        for step in self.block(teller):
            step.run(teller)

    def block(self, teller: Teller) -> list:
        """The steps of the first block whose conditions hold; none where no conditions do."""
        for conditions, steps in self.blocks:
            for condition in conditions:
                if condition.predicate == "is":
                    _ = teller.cast[condition.key[1]]
                if not teller.world.holds(condition):
                    break
            else:
                return steps
        return []


class Plot:
    """A compiled plot."""

    def __init__(self, name: str, moral: str) -> None:
        self.name = name
        self.moral = moral
        self.roles: dict[str, tuple[str, tuple[str, ...]]] = {
            "hero": ("hero", ()),
            "land": ("land", ()),
        }
        self.start: tuple[Statement, ...] = ()
        self.steps: list = []

    def beats(self) -> Iterator[Beat]:
        """Every beat, of every branch."""
        return _beats(self.steps)


def _beats(steps: list) -> Iterator[Beat]:
    for step in steps:
        if isinstance(step, Beat):
            yield step
        elif isinstance(step, Maybe | Later):
            yield step.beat
        elif isinstance(step, Branch):
            for _, block in step.blocks:
                yield from _beats(block)


class PlotCompiler:
    """Reads one plot in plot notation."""

    def __init__(self, source: str, tellings: Mapping[str, Fragment], fragments: Mapping[str, Fragment]) -> None:
        self.lines = [line.rstrip() for line in source.splitlines() if line.strip() and not line.startswith("#")]
        self.position = 0
        self.tellings = tellings
        self.fragments = fragments
        head, moral = self._take().split("|")
        self.plot = Plot(head.removeprefix("plot ").strip(), moral.strip())
        self.counter = 0

    def compile(self) -> Plot:
        """The whole plot."""
        plot = self.plot
        start = "at hero home"
        while self.lines[self.position].split()[0] in ("roles", "start"):
            keyword, rest = self._take().split(" ", 1)
            if keyword == "start":
                start = f"{start}; {rest}"
                continue
            for declaration in rest.split(";"):
                role, kind = (part.strip() for part in declaration.split("="))
                caster, *words = kind.split()
                assert caster in CASTERS, f"{plot.name}: unknown kind of role '{caster}'"
                assert role not in self.fragments, f"{plot.name}: '{role}' is a fragment, too"
                plot.roles[role] = (caster, tuple(words))
        plot.start = statements(start)
        self.compiler = Compiler({role: role for role in plot.roles} | ALWAYS_THERE, self.fragments)
        plot.steps = self._block(())
        assert self.position == len(self.lines), f"{plot.name}: unexpected '{self.lines[self.position]}'"
        return plot

    def _take(self) -> str:
        self.position += 1
        return self.lines[self.position - 1]

    def _block(self, stop: tuple[str, ...]) -> list:
        steps = []
        while self.position < len(self.lines):
            if self.lines[self.position].split()[0] in stop:
                break
            steps.append(self._step())
        return steps

    def _step(self) -> Paragraph | Pick | Branch | Maybe | Later | Beat:
        line = self._take()
        keyword = line.split()[0]
        assert not line.startswith(" "), f"{self.plot.name}: a wording without an event: {line}"
        if keyword == "---":
            return Paragraph()
        self.counter += 1
        if keyword == "pick":
            _, role, values = line.split()
            return Pick(f"{self.plot.name} trait {self.counter}", role, tuple(values.split("|")))
        if keyword == "if":
            blocks = []
            while True:
                keyword, _, condition = line.partition(" ")
                if keyword == "end":
                    return Branch(blocks)
                blocks.append((statements(condition), self._block(("elif", "else", "end"))))
                line = self._take()
        if keyword in ("maybe", "adorn"):
            beat = self._beat(line.removeprefix(f"{keyword} "))
            return Maybe(f"{self.plot.name} maybe {self.counter}", beat, keyword == "adorn")
        if keyword == "later":
            return Later(self._beat(f"spend-day {line.removeprefix('later ')}"))
        return self._beat(line)

    def _beat(self, line: str) -> Beat:
        silent = line.startswith("silent ")
        events = []
        for part in line.removeprefix("silent ").split(";"):
            name, *arguments = part.split()
            assert name in EVENTS, f"{self.plot.name}: unknown event '{name}'"
            events.append((name, tuple(arguments)))
        wordings = []
        while self.position < len(self.lines) and self.lines[self.position].startswith(" "):
            wordings.append(self._take().strip())
        choice = None
        if wordings:
            site = f"{self.plot.name}/{self.counter} {events[0][0]}"
            choice = self.compiler.wordings(site, wordings)
        elif not silent:
            told = [event for event in events if event[0] in self.tellings]
            assert told, f"{self.plot.name}: nothing tells '{line}'"
            choice = self.tellings[told[0][0]].told_about(told[0][1])
        beat = Beat(events, choice)
        assert beat.spoken or not any('"' in wording for wording in wordings), (
            f"{self.plot.name}: who speaks in: {line}"
        )
        return beat
