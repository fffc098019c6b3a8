"""All that the next step of a training depends on: weights, optimizers, loss scale, generators, and what rows carry on."""

from pathlib import Path

import torch
from torch import Tensor

from pocket_narrator.models.stack import CarriedState, DecoderStack
from pocket_narrator.recipe.schema import TrainingConfig
from pocket_narrator.run.checkpoint import Checkpoint
from pocket_narrator.run.loading import refuse_other_weights
from pocket_narrator.training.machine.precision import Machine
from pocket_narrator.training.machine.processes import Processes
from pocket_narrator.training.optimizers import Optimizers
from pocket_narrator.training.state.carried_state import carried_tensors, restore_carried
from pocket_narrator.training.state.random_state import restore_random_state, save_random_state

OURS = ("rng.", "log.", "carried.")  # what the training itself keeps among the optimizer's tensors


class LearnedState:
    """Of one process; `carried` is, with rows=stream, the state that each micro-batch's last window has left."""

    def __init__(
        self,
        model: DecoderStack,
        training: TrainingConfig,
        machine: Machine,
        processes: Processes,
        rows_per_step: int,
        micro_batches: int,
    ) -> None:
        self.model = model
        self.optimizers = Optimizers(model, training)
        self.scaler = machine.scaler()
        self.carried: list[CarriedState] | None = None
        if training.rows == "stream":
            rows = rows_per_step // processes.count // micro_batches
            self.carried = [model.initial_state(rows) for _ in range(micro_batches)]
        self._processes = processes
        self._micro_batches = micro_batches

    def restore(self, checkpoint: Checkpoint, path: Path) -> dict[str, Tensor]:
        """What a checkpoint has of it, but for the generators; returns the tensors that are not the optimizers'.

        CheckpointError where the checkpoint is of another model.
        """
        refuse_other_weights(self.model, checkpoint.model, path)
        self.model.load_state_dict(checkpoint.model)
        ours = {key: value for key, value in checkpoint.optimizer.items() if key.startswith(OURS)}
        self.optimizers.restore({key: value for key, value in checkpoint.optimizer.items() if key not in ours})
        if self.carried is not None:
            rank, count = self._processes.rank, self._processes.count
            restore_carried(self.carried, ours, rank * self._micro_batches, count * self._micro_batches)
        if self.scaler is not None and checkpoint.state.get("scaler") is not None:
            self.scaler.load_state_dict(checkpoint.state["scaler"])
        return ours

    def restore_generators(self, ours: dict[str, Tensor], checkpoint: Checkpoint) -> None:
        """The state of the generators, among the tensors that `restore` has returned."""
        restore_random_state(ours, checkpoint.state["random"], self._processes.rank)

    def tensors_and_json(self) -> tuple[dict[str, Tensor], dict]:
        """All but the weights, for a checkpoint. Called by all processes together, for the first: each has generators, and
        states that its rows carry, of its own."""
        rank = self._processes.rank
        random_tensors, random_json = save_random_state(rank)
        carried = {} if self.carried is None else carried_tensors(self.carried, rank * self._micro_batches)
        of_all = self._processes.gather({**random_tensors, **carried})
        scaler = None if self.scaler is None else self.scaler.state_dict()
        machine_state = {"random": random_json, "scaler": scaler, "torch": torch.__version__}
        return {**self.optimizers.tensors(), **of_all}, machine_state
