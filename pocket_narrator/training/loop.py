"""The training loop: batches in, weights out; interrupted anywhere, it goes on to the same bits."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch

from pocket_narrator.config import Recipe
from pocket_narrator.models.stack import DecoderStack
from pocket_narrator.progress import Progress
from pocket_narrator.tokens.batches import BatchOrder
from pocket_narrator.training.checkpoint import load_checkpoint, newest_checkpoint, prune, save_checkpoint
from pocket_narrator.training.optimizers import Optimizers
from pocket_narrator.training.precision import Machine
from pocket_narrator.training.random_state import restore_random_state, save_random_state
from pocket_narrator.training.run_directory import RunDirectory
from pocket_narrator.training.schedules import rate_factor
from pocket_narrator.training.signals import StopRequest
from pocket_narrator.training.trackers import Tracker

LOG_EVERY = 10  # steps


@dataclass(frozen=True)
class Observers:
    """What looks at the model while it trains; rooms below this one give these."""

    evaluate: Callable[[DecoderStack], dict[str, float]]  # has "validation_bits_per_byte"
    sample: Callable[[DecoderStack], str]
    report: Callable[[str], object]


@dataclass(frozen=True)
class Result:
    """How a call of `Trainer.run` ended."""

    step: int
    finished: bool
    seconds: float  # of training, over all lives of the run
    tokens: int  # targets that the model was trained on


class Trainer:
    """Trains one model in one run directory; goes on from its newest checkpoint where there is one."""

    def __init__(
        self,
        recipe: Recipe,
        model: DecoderStack,
        batches: BatchOrder,
        machine: Machine,
        run_directory: RunDirectory,
        tracker: Tracker,
        observers: Observers,
    ) -> None:
        self.training = recipe.training
        self.model = model
        self.batches = batches
        self.machine = machine
        self.run_directory = run_directory
        self.tracker = tracker
        self.observers = observers
        self.optimizers = Optimizers(model, recipe.training)
        self.scaler = machine.scaler()
        self.step = 0
        self.tokens = 0
        self._seconds_before = 0.0  # of training, in earlier lives
        self._started = time.monotonic()
        self._unlogged: list[torch.Tensor] = []
        self._last_log = (0, time.monotonic())  # tokens, time

    def resume(self) -> None:
        """Takes up the newest undamaged checkpoint, if there is one, and forgets what was recorded after it."""
        path = newest_checkpoint(self.run_directory.checkpoints, self.observers.report)
        if path is None:
            self.run_directory.wind_back(None)
            return
        checkpoint = load_checkpoint(path, verify=False)  # newest_checkpoint has just verified it
        self.model.load_state_dict(checkpoint.model)
        random_state = {k: v for k, v in checkpoint.optimizer.items() if k.startswith("rng.")}
        self.optimizers.restore({k: v for k, v in checkpoint.optimizer.items() if k not in random_state})
        restore_random_state(random_state, checkpoint.state["random"])
        if self.scaler is not None:
            self.scaler.load_state_dict(checkpoint.state["scaler"])
        self.step = checkpoint.step
        self.tokens = checkpoint.state["tokens"]
        self._seconds_before = checkpoint.state["seconds"]
        self.run_directory.wind_back(self.step)
        self.observers.report(f"resuming from step {self.step:,} ({path.name})")

    def run(self) -> Result:
        """Trains to the end, or until a stop is requested (Ctrl-C, SIGTERM): then saves and returns."""
        self._started = time.monotonic()
        self._last_log = (self.tokens, self._started)
        total = self.training.steps or self.training.minutes
        assert total is not None
        unit = "steps" if self.training.steps else "minutes"
        bar = Progress("training", total, unit)
        bar.advance(self.step if self.training.steps else self._seconds_before / 60)
        try:
            with StopRequest() as stop:
                done = self.progress() >= 1.0
                while not done:
                    before = self.progress()
                    self.model.train()
                    loss = self._train_step()
                    done = self.progress() >= 1.0  # once a step: time may pass between two looks
                    if done or self.step % LOG_EVERY == 0:
                        self._log()
                    self._observe(bar, done)
                    bar.advance((self.progress() - before) * total, f"loss {float(loss):.3f}" if bar.is_due() else "")
                    if stop.requested and not done:
                        self._save()
                        break
                return Result(self.step, done, self.seconds(), self.tokens)
        finally:
            bar.close()

    def seconds(self) -> float:
        """Seconds of training so far, over all lives of the run."""
        return self._seconds_before + time.monotonic() - self._started

    def progress(self) -> float:
        """The share of the run that is done, in [0, 1]."""
        if self.training.steps is not None:
            return self.step / self.training.steps
        assert self.training.minutes is not None
        return min(1.0, self.seconds() / (60 * self.training.minutes))

    def _train_step(self) -> torch.Tensor:
        """One update; returns the mean loss a target, in nats."""
        self.optimizers.set_rate_factor(rate_factor(self.training, self.step, self.progress()))
        batch = self.batches.batch(self.step)
        device = self.machine.device
        inputs, targets, starts = (
            torch.from_numpy(part).to(device, non_blocking=True)
            for part in (batch.inputs_BT, batch.targets_BT, batch.starts_BT)
        )
        scored = int((batch.targets_BT >= 0).sum())
        total = torch.zeros((), device=device)
        for part in torch.arange(len(inputs)).chunk(self.training.accumulation):
            rows = slice(int(part[0]), int(part[-1]) + 1)
            with self.machine.autocast():
                isolated = starts[rows] if self.training.isolate_stories else None
                loss = self.model.loss(inputs[rows], targets[rows], isolated) / max(scored, 1)
            (loss if self.scaler is None else self.scaler.scale(loss)).backward()
            total += loss.detach()
        if self.training.clip is not None:
            if self.scaler is not None:
                self.optimizers.unscale(self.scaler)
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.training.clip)
        self.optimizers.step(self.scaler)
        if self.scaler is not None:
            self.scaler.update()
        self.step += 1
        self.tokens += scored
        self._unlogged.append(total)
        return total

    def _log(self) -> None:
        now = time.monotonic()
        tokens, then = self._last_log
        loss = float(torch.stack(self._unlogged).mean())
        values = {
            "loss": loss,
            "learning_rate": self.training.learning_rate * rate_factor(self.training, self.step - 1, self.progress()),
            "tokens": self.tokens,
            "tokens_per_second": (self.tokens - tokens) / max(now - then, 1e-9),
            "seconds": self.seconds(),
        }
        self.tracker.log(self.step, values)
        self._last_log = (self.tokens, now)
        self._unlogged = []
        if not math.isfinite(loss):
            self.observers.report(
                f"warning: the loss of step {self.step:,} is {loss}; a lower training.learning_rate may help"
            )

    def _observe(self, bar: Progress, done: bool) -> None:
        """Evaluates, samples and saves where it is time to; the checkpoint comes last, when everything else is done."""
        is_best = False
        self.model.eval()
        if done or self.step % self.training.evaluate_every == 0:
            values = self.observers.evaluate(self.model)
            self.tracker.log(self.step, values)
            score = values["validation_bits_per_byte"]
            best = self.run_directory.best()
            is_best = math.isfinite(score) and (best is None or score < best.validation_bits_per_byte)
            bar.write(
                f"step {self.step:,}: {score:.4f} bits per byte on unseen stories{', the best so far' if is_best else ''}"
            )
            if is_best:
                self._save()
                self.run_directory.set_best(self.step, score)
        if done or self.step % self.training.sample_every == 0:
            self.tracker.text(self.step, "story", self.observers.sample(self.model))
        if (done or self.step % self.training.checkpoint_every == 0) and not is_best:
            self._save()
        if is_best or done or self.step % self.training.checkpoint_every == 0:
            best = self.run_directory.best()
            prune(self.run_directory.checkpoints, {self.step} | ({best.step} if best else set()))

    def _save(self) -> None:
        random_tensors, random_json = save_random_state()
        state = {
            "tokens": self.tokens,
            "seconds": self.seconds(),
            "random": random_json,
            "scaler": self.scaler.state_dict() if self.scaler is not None else None,
            "machine": self.machine.describe(),
            "torch": torch.__version__,
            "threads": torch.get_num_threads(),
        }
        optimizer = {**self.optimizers.tensors(), **random_tensors}
        save_checkpoint(self.run_directory.checkpoints, self.step, self.model.state_dict(), optimizer, state)
