"""The contract of a mixer, tried on a kind: every property, in several sizes and dtypes."""

import traceback
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from pydantic import ValidationError

from pocket_narrator.errors import NarratorError, RecipeError
from pocket_narrator.plugins.failures import last_line
from pocket_narrator.recipe.mixer_kind import MixerKind
from pocket_narrator.recipe.mixers import mixer_kind
from pocket_narrator.recipe.schema import ModelConfig
from pocket_narrator.testing.finding import Broken, Finding, NotTested
from pocket_narrator.testing.properties.table import PROPERTIES, Property
from pocket_narrator.testing.subject import Subject

# Usual sizes, with a context past the usual chunk lengths; odd ones, without positions, with biases; and one head of few tokens.
SIZES = (
    {"width": 32, "heads": 4, "context": 257, "positions": "rope"},
    {"width": 30, "heads": 3, "context": 41, "positions": "none", "bias": True},
    {"width": 16, "heads": 1, "context": 9, "positions": "learned"},
)


@dataclass(frozen=True, slots=True)
class MixerReport:
    """What was found of one kind of mixer, property by property."""

    name: str
    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        """Nothing failed; something may have been skipped."""
        return not self.failed

    @property
    def failed(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.outcome == "failed"]


def check_mixer(
    kind: str | MixerKind,
    models: Sequence[ModelConfig] | None = None,
    properties: Collection[str] | None = None,
    report: Callable[[Finding], None] = lambda _: None,
) -> MixerReport:
    """Tries the properties of a mixer (their names and promises: `PROPERTIES`) on a registered kind.

    models: recipes' model sections whose last layer is of this kind; default: small ones, of other sizes and
    positions. properties: the names of those to try; default: all. report: is given each finding as it is made.
    RecipeError where no model can be made with the kind, PluginError where its class cannot be made, or lacks what every layer has;
    NarratorError where there is no such property.
    """
    name = kind if isinstance(kind, str) else kind.name
    settings = _settings(name, models if models is not None else _small_models(name))
    known = [each.name for each in PROPERTIES]
    if unknown := sorted(set(properties or ()) - set(known)):
        raise NarratorError(f"there is no property {', '.join(unknown)}", hint=f"there are {', '.join(known)}")
    _refuse_what_cannot_be_made(settings)
    findings = []
    with torch.random.fork_rng(devices=[]):
        for each in PROPERTIES:
            if properties is None or each.name in properties:
                findings.append(_try(each, settings))
                report(findings[-1])
    return MixerReport(name, tuple(findings))


def _refuse_what_cannot_be_made(settings: Sequence[Subject]) -> None:
    """What no property can be tried without is said once, and not of each."""
    for subject in settings:
        try:
            subject.mixer()
        except NarratorError as error:
            error.found = ", ".join(filter(None, (error.found, f"with {subject}")))
            raise
        except Exception:  # in `initialise`: the properties will say at which sizes
            continue


def _small_models(name: str) -> list[ModelConfig]:
    """The sizes that the kind does not refuse: some need an even head width, or the like."""
    made, refused = [], None
    for sizes in SIZES:
        try:
            made.append(ModelConfig.model_validate({**sizes, "layers": f"{name}*4"}))
        except ValidationError as error:
            refused = error.errors()[0]["msg"].removeprefix("Value error, ")
    if not made:
        raise RecipeError(
            f"no small model can be made with the mixer '{name}': {refused}",
            found=f"tried {SIZES}",
            hint="check it in Python with sizes that it takes: check_mixer(NAME, models=[...])",
        )
    return made


def _settings(name: str, models: Sequence[ModelConfig]) -> list[Subject]:
    subjects = [Subject(model, dtype) for model in models for dtype in (torch.float64, torch.float32)]
    if mixer_kind(name).takes_values:
        subjects.append(Subject(models[0], torch.float64, has_values=True))
    return subjects


def _chosen(each: Property, settings: list[Subject]) -> Iterator[Subject]:
    for subject in settings:
        if each.settings == "all" or str(subject.dtype) == f"torch.{each.settings}":
            yield subject


def _try(each: Property, settings: list[Subject]) -> Finding:
    """The first failure of any setting; skipped where every setting was."""
    skipped, tried = None, False
    for subject in _chosen(each, settings):
        try:
            each.probe(subject)
            tried = True
        except NotTested as reason:
            skipped = str(reason)
        except Broken as broken:
            return Finding(each.name, "failed", broken.what, broken.token, broken.error, each.cause, str(subject))
        except Exception as error:
            return Finding(each.name, "failed", _raised(error), cause=each.cause, setting=str(subject))
    return Finding(each.name, "passed") if tried or skipped is None else Finding(each.name, "skipped", skipped)


def _raised(error: Exception) -> str:
    """Its own last line, and the last place in code that is not of torch."""
    inside = Path(torch.__file__).parent
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not Path(f.filename).is_relative_to(inside)]
    place = f" at {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    return f"it raises {last_line(error)}{place}"
