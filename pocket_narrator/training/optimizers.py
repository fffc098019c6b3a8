"""AdamW and Muon over the right parameters, and their state as named tensors."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from pocket_narrator.errors import CheckpointError
from pocket_narrator.recipe.schema import Training


class Optimizers:
    """One optimizer, or two that share the parameters out, behind one interface.

    AdamW (Loshchilov & Hutter 2019) decays matrices only, the weights of products: no norms, biases, tables, or the rates
    and convolutions of state-space mixers. With Muon (Jordan et al. 2024, torch's own)
    the matrices of the layers are orthogonalised and AdamW keeps the rest. Frozen parameters are left out.
    """

    def __init__(self, model: nn.Module, training: Training) -> None:
        self._names: dict[Tensor, str] = {
            parameter: name for name, parameter in model.named_parameters() if parameter.requires_grad
        }
        matrices = {module.weight for module in model.modules() if isinstance(module, nn.Linear)}
        inner = {p for p in matrices if training.optimizer == "muon" and self._names.get(p, "").startswith("layers.")}
        adamw = [p for p in self._names if p not in inner]
        groups = [
            {"params": [p for p in adamw if p in matrices], "weight_decay": training.weight_decay},
            {"params": [p for p in adamw if p not in matrices], "weight_decay": 0.0},
        ]
        groups = [group for group in groups if group["params"]]
        rate = training.learning_rate
        self._parts: list[tuple[torch.optim.Optimizer, float]] = [
            (torch.optim.AdamW(groups, lr=rate, betas=training.betas, eps=1e-9, fused=True), rate)
        ]
        if inner:
            rate = training.muon_learning_rate
            ordered = [p for p in self._names if p in inner]
            # The decay of a step is rate x weight_decay: scaled so that both optimizers decay alike.
            decay = training.weight_decay * training.learning_rate / rate
            muon = torch.optim.Muon(ordered, lr=rate, weight_decay=decay, momentum=0.95, nesterov=True)
            self._parts.append((muon, rate))

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
        return {
            f"{self._names[parameter]}.{slot}": value
            for optimizer, _ in self._parts
            for parameter, state in optimizer.state.items()
            for slot, value in state.items()
        }

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
            if parameter is None or value.shape != expected:
                raise CheckpointError(
                    f"the optimizer state '{key}' fits no weight of this model", hint="use the run's own recipe"
                )
            # The step count too: the fused AdamW wants it beside the parameter.
            owners[parameter].state[parameter][slot] = value.to(parameter.device)
