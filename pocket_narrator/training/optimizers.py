"""AdamW and Muon over the right parameters, and their state as named tensors."""

from collections.abc import Collection, Mapping

import torch
from torch import Tensor, nn

from pocket_narrator.errors import CheckpointError, PluginError
from pocket_narrator.plugins.failures import one_message
from pocket_narrator.plugins.origin import names_of_caller
from pocket_narrator.plugins.target import Target, resolve
from pocket_narrator.recipe.kinds.tables import OPTIMIZERS
from pocket_narrator.recipe.schema import TrainingConfig

Parts = list[tuple[torch.optim.Optimizer, float]]  # each with its peak rate


def adamw(learned: Mapping[str, Tensor], matrices: Collection[str], training: TrainingConfig) -> Parts:
    """AdamW (Loshchilov & Hutter 2019) over everything: it decays matrices only."""
    return [_adamw(learned, matrices, training)]


def muon(learned: Mapping[str, Tensor], matrices: Collection[str], training: TrainingConfig) -> Parts:
    """Muon (Jordan et al. 2024, torch's own): the matrices of the layers are orthogonalised, and AdamW keeps the rest."""
    inner = {name: p for name, p in learned.items() if name in matrices and name.startswith("layers.")}
    parts = [_adamw({name: p for name, p in learned.items() if name not in inner}, matrices, training)]
    if inner:
        rate = training.muon_learning_rate
        # The decay of a step is rate x weight_decay: scaled so that both optimizers decay alike.
        decay = training.weight_decay * training.learning_rate / rate
        made = torch.optim.Muon(list(inner.values()), lr=rate, weight_decay=decay, momentum=0.95, nesterov=True)
        parts.append((made, rate))
    return parts


def _adamw(
    learned: Mapping[str, Tensor], matrices: Collection[str], training: TrainingConfig
) -> tuple[torch.optim.Optimizer, float]:
    groups = [
        {"params": [p for name, p in learned.items() if name in matrices], "weight_decay": training.weight_decay},
        {"params": [p for name, p in learned.items() if name not in matrices], "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    rate = training.learning_rate
    return torch.optim.AdamW(groups, lr=rate, betas=training.betas, eps=1e-9, fused=True), rate


def register_optimizer(name: str, make: Target) -> None:
    """Makes an optimizer known as `training.optimizer=NAME`. `make(learned, matrices, training)` gets the parameters to learn by
    name, the names of those that are weights of products, and the recipe's section `training`; it gives a
    `torch.optim.Optimizer` whose state is tensors, or several of (optimizer, peak rate) that share the parameters out.
    PluginError for a name that is taken."""
    OPTIMIZERS.register(name, make, names_of_caller())


def _refuse_left_out(name: str, parts: Parts, names: Mapping[Tensor, str]) -> None:
    taken = {p for optimizer, _ in parts for group in optimizer.param_groups for p in group["params"]}
    left = [called for parameter, called in names.items() if parameter not in taken]
    if left:
        more = f" and {len(left) - 3} more" if len(left) > 3 else ""
        raise PluginError(
            f"the optimizer '{name}' leaves parameters out: {', '.join(left[:3])}{more}",
            hint="what should not be learned is named by training.frozen",
        )


def _parts_of(made: object, training: TrainingConfig) -> list[tuple[torch.optim.Optimizer, float]]:
    """Optimizers with their peak rates; PluginError where what was made is neither one nor several of those."""
    parts = [(made, training.learning_rate)] if isinstance(made, torch.optim.Optimizer) else made
    if isinstance(parts, list | tuple) and parts:
        pairs = [part for part in parts if isinstance(part, tuple) and len(part) == 2]
        if len(pairs) == len(parts) and all(isinstance(optimizer, torch.optim.Optimizer) for optimizer, _ in pairs):
            return pairs
    raise PluginError(
        f"the optimizer '{training.optimizer}' gives {made!r:.60}",
        expected="a torch.optim.Optimizer, or a list of pairs of one and its peak rate",
        hint="mend what its function returns",
    )


class Optimizers:
    """One optimizer, or two that share the parameters out, behind one interface.

    What is decayed are matrices, the weights of products: no norms, biases, tables, or the rates and convolutions of
    state-space mixers. Frozen parameters are left out.
    """

    def __init__(self, model: nn.Module, training: TrainingConfig) -> None:
        self._names: dict[Tensor, str] = {
            parameter: name for name, parameter in model.named_parameters() if parameter.requires_grad
        }
        products = {module.weight for module in model.modules() if isinstance(module, nn.Linear)}
        matrices = frozenset(name for parameter, name in self._names.items() if parameter in products)
        target = OPTIMIZERS.find(training.optimizer)
        assert target is not None
        origin = OPTIMIZERS.origin(training.optimizer)
        self._is_own = origin is not None
        learned = {name: parameter for parameter, name in self._names.items()}
        what = f"the optimizer '{training.optimizer}'"
        with one_message(what, None if origin is None else origin.path):
            made = resolve(target, what)(learned, matrices, training)
        self._parts = _parts_of(made, training)
        _refuse_left_out(training.optimizer, self._parts, self._names)

    def set_rate_factor(self, factor: float) -> None:
        """Multiplies every peak learning rate by `factor`."""
        for optimizer, peak in self._parts:
            for group in optimizer.param_groups:
                group["lr"] = peak * factor

    def step(self, scaler: torch.amp.GradScaler | None = None) -> None:
        """One update from the gradients, which are then freed."""
        for optimizer, _ in self._parts:
            if scaler is None:
                optimizer.step()
            else:
                scaler.step(optimizer)
        for optimizer, _ in self._parts:
            optimizer.zero_grad(set_to_none=True)

    def unscale(self, scaler: torch.amp.GradScaler) -> None:
        """Divides the gradients by the loss scale, so that they can be clipped."""
        for optimizer, _ in self._parts:
            scaler.unscale_(optimizer)

    def tensors(self) -> dict[str, Tensor]:
        """The whole state: `<parameter>.<slot>` to tensor; nothing before the first step."""
        tensors = {
            f"{self._names[parameter]}.{slot}": value
            for optimizer, _ in self._parts
            for parameter, state in optimizer.state.items()
            for slot, value in state.items()
            if value is not None
        }
        odd = next((key for key, value in tensors.items() if not isinstance(value, Tensor)), None)
        if odd is not None:
            raise PluginError(
                f"the state '{odd}' of the optimizer is no tensor, so that it cannot be saved",
                expected="optimizer.state[parameter] holds tensors only: torch.tensor(0.0) for a count",
            )
        return tensors

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Takes back what `tensors` gave. CheckpointError where it belongs to another model."""
        parameters = {name: parameter for parameter, name in self._names.items()}
        owners = {
            p: optimizer for optimizer, _ in self._parts for group in optimizer.param_groups for p in group["params"]
        }
        for key, value in tensors.items():
            name, _, slot = key.rpartition(".")
            parameter = parameters.get(name)
            expected = () if slot == "step" else None if parameter is None else parameter.shape
            if parameter is None or (value.shape != expected and not self._is_own):
                raise CheckpointError(
                    f"the optimizer state '{key}' fits no weight of this model", hint="use the run's own recipe"
                )
            # The step count too: the fused AdamW wants it beside the parameter.
            owners[parameter].state[parameter][slot] = value.to(parameter.device)
