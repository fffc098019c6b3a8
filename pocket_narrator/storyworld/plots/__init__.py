"""The plots, by theme, in plot notation.

    plot name | moral, in a few words
    roles friend = friend; toy = thing toy; place = place      who and what plays a part (see `telling/casting.py`)
    start at friend place; own hero toy                        what is true before (statements of `world.py`)
    begin hero                                                 one or more events, separated by semicolons,
        A wording. It is a template (`telling/template.py`).   and a choice of wordings, one a line;
        Another wording.                                       `-` tells nothing; no wordings: the shared telling
    silent go hero place                                       an event that the neighbouring sentences tell
    maybe hug hero friend                                      a beat that happens in every second story
    adorn see-place hero                                       the same, of decoration
    later hero                                                 where other days may pass (`dependency` of `dials.py`)
    pick hero brave|timid                                      a trait, decided by chance
    if trait hero brave ... elif ... else ... end              a branch decided by the state of the world
    ---                                                        a new paragraph

Every story has a `hero`, who begins `at home`.
"""

from pocket_narrator.storyworld.plot import Plot, PlotCompiler
from pocket_narrator.storyworld.plots import advice, courage, friends, honesty, kindness, lost, work
from pocket_narrator.storyworld.telling.shared import FRAGMENTS, TELLINGS


def _compile(*modules: tuple[str, ...]) -> dict[str, Plot]:
    plots = {}
    for source in (source for module in modules for source in module):
        plot = PlotCompiler(source, TELLINGS, FRAGMENTS).compile()
        assert plot.name not in plots, f"two plots are called {plot.name}"
        plots[plot.name] = plot
    return plots


PLOTS: dict[str, Plot] = _compile(
    lost.PLOTS, friends.PLOTS, honesty.PLOTS, courage.PLOTS, advice.PLOTS, work.PLOTS, kindness.PLOTS
)
