"""The same inputs give the same outputs, whatever was computed before: exact resume and seeds rest on it."""

import copy

import torch

from pocket_narrator.testing.finding import Broken, expect_same
from pocket_narrator.testing.subject import Fed, Subject

TIMES = 9


def check_repeatable(subject: Subject) -> None:
    """Repeated with other seeds in evaluation mode, with the same seed in training mode, and with other texts in between."""
    fed = subject.fed()
    _in_evaluation_mode(subject, fed)
    _leaves_nothing_behind(subject, fed)
    _in_training_mode(subject)
    _two_stories_in_turn(subject, fed)
    _same_weights_from_the_same_seed(subject)


def _in_evaluation_mode(subject: Subject, fed: Fed) -> None:
    length = min(40, subject.model.context)
    x, starts = subject.inputs(3, length), subject.starts(3, length)
    forms = {
        "forward": lambda: fed(x),
        "forward with story starts": lambda: fed(x, starts),
        "prefill": lambda: fed.read(x, fed.mixer.start(3))[0],
        "forward_from": lambda: fed.forward_from(x, fed.mixer.start(3), starts)[0],
        "a step": lambda: fed.read(x[:, :1], fed.mixer.start(3))[0],
    }
    for name, form in forms.items():
        with torch.no_grad():
            first = form()
            for again in range(1, TIMES):
                torch.manual_seed(again)
                for other in (1, 5):
                    fed(20 * subject.inputs(1 + again % 2, other, seed=again))
                what = f"in evaluation mode {name} of the same text gives other outputs the {again + 1}. time"
                expect_same(form(), first, what, subject.leak)


def _leaves_nothing_behind(subject: Subject, fed: Fed) -> None:
    """Neither in the module, which would grow, nor in the random numbers of whatever is computed next."""
    x = subject.inputs(2, min(9, subject.model.context))
    fed.seeded(x)
    torch.rand(1)  # no state that a seed gives
    kept, random = _numbers_in(fed), torch.get_rng_state()
    for _ in range(3):
        with torch.no_grad():
            fed(x)
        fed.read(x, fed.mixer.start(2))
    if not torch.equal(torch.get_rng_state(), random):
        raise Broken("in evaluation mode it draws random numbers, or sets their seed")
    if _numbers_in(fed) > kept:
        raise Broken("with every call the module keeps more tensors: it grows without end")


def _numbers_in(thing: object, depth: int = 0) -> int:
    """How many numbers of tensors lie in a module, in its attributes and in lists and dicts of them."""
    if isinstance(thing, torch.Tensor):
        return thing.numel()
    if depth == 8:
        return 0
    if isinstance(thing, torch.nn.Module):
        thing = vars(thing)
    if isinstance(thing, dict):
        thing = list(thing.values())
    return sum(_numbers_in(each, depth + 1) for each in thing) if isinstance(thing, list | tuple | set) else 0


def _in_training_mode(subject: Subject) -> None:
    """With the same seed, so that a mixer may have dropout: as a resumed run repeats a step."""
    fed, x = subject.fed(training=True), subject.inputs(2, min(33, subject.model.context))
    untouched = copy.deepcopy(fed)
    results = []
    for which in (fed, fed, untouched):
        torch.manual_seed(3)
        which.zero_grad()
        y = which(x)
        y.square().sum().backward()
        results.append((y.detach(), {n: p.grad for n, p in which.named_parameters()}))
    for y, gradients in results[1:]:
        expect_same(y, results[0][0], "in training mode the same seed gives other outputs", subject.leak)
        for name, gradient in gradients.items():
            first = results[0][1][name]
            if (gradient is None) != (first is None) or (gradient is not None and not torch.allclose(gradient, first)):
                raise Broken(f"in training mode the same seed gives another gradient of {name.removeprefix('mixer.')}")


def _two_stories_in_turn(subject: Subject, fed: Fed) -> None:
    """What is remembered of a story is in its state, not in the module."""
    steps = min(9, subject.model.context)
    texts = [subject.inputs(1, steps, seed=8), 5 * subject.inputs(1, steps, seed=9)]
    alone = [fed.seeded(text) for text in texts]
    states = [fed.mixer.start(1), fed.mixer.start(1)]
    for t in range(steps):
        for which, text in enumerate(texts):
            y, states[which] = fed.read(text[:, t : t + 1], states[which])
            what = "of two stories that are generated in turn, one has other outputs than alone: memory lies outside its state"
            expect_same(y, alone[which][:, t : t + 1], what, subject.tolerance, t)


def _same_weights_from_the_same_seed(subject: Subject) -> None:
    first, again = subject.stack(3).state_dict(), subject.stack(3).state_dict()
    for name, tensor in first.items():
        if not torch.equal(tensor, again[name]):
            raise Broken(f"made twice with the same seed, {name} begins with other weights")
