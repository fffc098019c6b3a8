"""Training by several processes, one a device, that torchrun has started: they share out the rows of each step and add up
their gradients. The first of them writes, evaluates and speaks.

Not torch's DistributedDataParallel: one sum of all gradients a step, after the last micro-batch, leaves accumulation, clipping,
the loss scaler and compiled layers what they are in one process; for models of this size it costs little.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

from pocket_narrator.errors import NarratorError, RecipeError

# The others wait while the first prepares a corpus or evaluates; one that dies is noticed at once.
PATIENCE = timedelta(hours=12)


@dataclass(frozen=True)
class Processes:
    """This process among those that train a run together; alone, where nothing else is said."""

    rank: int = 0
    count: int = 1

    @property
    def is_first(self) -> bool:
        return self.rank == 0

    def add_up(self, *values: float) -> list[float]:
        """The sums of numbers over all processes, the same everywhere; whole numbers stay exact up to 2^53."""
        if self.count == 1:
            return list(values)
        together = torch.tensor(values, dtype=torch.float64)
        _together(lambda: dist.all_reduce(together))
        return together.tolist()

    def of_the_first(self, *values: float) -> list[float]:
        """The first process's numbers, everywhere."""
        return self.add_up(*(value if self.is_first else 0.0 for value in values))

    def add_tensors(self, tensors: Sequence[Tensor]) -> None:
        """Replaces each tensor by its sum over all processes, in one exchange."""
        if self.count == 1:
            return
        flat = torch.cat([tensor.flatten() for tensor in tensors])
        _together(lambda: dist.all_reduce(flat))
        for part, tensor in zip(flat.split([tensor.numel() for tensor in tensors]), tensors, strict=True):
            tensor.copy_(part.view_as(tensor))

    def gather(self, mine: dict[str, Tensor]) -> dict[str, Tensor]:
        """The tensors of all processes, under their names, at the first; elsewhere its own."""
        if self.count == 1:
            return mine
        on_cpu = {name: tensor.cpu() for name, tensor in mine.items()}
        found: list[Any] | None = [None] * self.count if self.is_first else None
        _together(lambda: dist.gather_object(on_cpu, found))
        return mine if found is None else {name: tensor for part in found for name, tensor in part.items()}

    def in_turn(self, work: Callable[[], Any]) -> Any:
        """Does some work first at the first process, and then at the others, which will find it done."""
        found = work() if self.is_first else None
        self.add_up(0.0)
        return found if self.is_first else work()


@contextmanager
def join_processes(on_gpu: bool) -> Iterator[Processes]:
    """Among the others that torchrun has started, until the end of the block. RecipeError where there are more processes on
    this machine than GPUs."""
    count = int(os.environ.get("WORLD_SIZE") or 1)
    if count == 1:
        yield Processes()
        return
    if on_gpu:
        gpus = torch.cuda.device_count()
        if int(os.environ["LOCAL_WORLD_SIZE"]) > gpus:  # every process sees that, the first among them
            raise RecipeError(
                f"there are more processes on this machine than GPUs, of which there are {gpus}",
                expected="one process a GPU",
                hint=f"torchrun --nproc_per_node={gpus} ..., or training.device=cpu",
            )
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    _together(lambda: dist.init_process_group("cpu:gloo,cuda:nccl" if on_gpu else "gloo", timeout=PATIENCE))
    yield Processes(dist.get_rank(), count)
    dist.destroy_process_group()  # not after an error: the others may be waiting for what will not come


def _together(exchange: Callable[[], object]) -> None:
    try:
        exchange()
    except RuntimeError as error:
        raise NarratorError(
            f"another process of this training has ended: {str(error).splitlines()[0][:200]}",
            hint="see what it has printed, then run the same command again: it goes on from the last checkpoint",
        ) from error
