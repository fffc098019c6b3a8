"""The training loop: batches in, weights out; interrupted anywhere, it goes on to the same bits."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

import torch

from pocket_narrator.config import Recipe
from pocket_narrator.errors import NarratorError
from pocket_narrator.models.language_model import LanguageModel
from pocket_narrator.models.stack import CarriedState, DecoderStack
from pocket_narrator.progress import Progress
from pocket_narrator.tokens.batches import BatchOrder
from pocket_narrator.training.carried import carried_tensors, restore_carried
from pocket_narrator.training.checkpoint import load_checkpoint, newest_checkpoint, prune, save_checkpoint, step_name
from pocket_narrator.training.divergence import where_it_diverges
from pocket_narrator.training.optimizers import Optimizers
from pocket_narrator.training.precision import Machine
from pocket_narrator.training.processes import Processes
from pocket_narrator.training.random_state import restore_random_state, save_random_state
from pocket_narrator.training.run_directory import Best, RunDirectory
from pocket_narrator.training.schedules import rate_factor
from pocket_narrator.training.signals import StopRequest
from pocket_narrator.training.slowdown import SlowdownWatch
from pocket_narrator.training.trackers import Tracker
from pocket_narrator.training.trained import refuse_other_weights

LOG_EVERY = 10  # steps
OURS = ("rng.", "log.", "carried.")  # what the loop itself keeps among the optimizer's tensors


@dataclass(frozen=True)
class Observers:
    """What looks at the model while it trains; rooms below this one give these."""

    evaluate: Callable[[LanguageModel], dict[str, float]]  # has "validation_bits_per_byte"
    measured_on: str  # the stories of `evaluate`, in words
    sample: Callable[[LanguageModel], str]
    report: Callable[[str], object]


@dataclass(frozen=True)
class Result:
    """How a call of `Trainer.run` ended."""

    step: int
    finished: bool
    seconds: float  # of training, over all lives of the run
    tokens: int  # read in batches, padding included: what costs are counted by, and every figure of training tokens
    # Those of them that the model was trained to predict: no padding, no prompts, none twice in an overlap.
    targets: int


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
        measure_first: bool = False,
        processes: Processes | None = None,
    ) -> None:
        """measure_first: the model is evaluated and saved before its first step, since its weights are worth something.
        processes: those that train together, each with a trainer; each takes its share of a step's micro-batches."""
        _, self.training = recipe.stack()
        self.measure_first = measure_first
        self.processes = processes or Processes()
        share = -(-self.training.accumulation // self.processes.count)
        rows = batches.rows_per_step // self.processes.count
        # Of this process: no larger than they would be in one alone, and all alike.
        self.micro_batches = next(count for count in range(share, rows + 1) if rows % count == 0)
        self.model = model
        self.batches = batches
        self.machine = machine
        self.run_directory = run_directory
        self.tracker = tracker
        self.observers = observers
        self.optimizers = Optimizers(model, self.training)
        self.scaler = machine.scaler()
        self.step = 0
        self.tokens = 0  # targets
        self._seconds_before = 0.0  # of training, in earlier lives
        self._started = time.monotonic()
        self._rate_factor = 0.0  # of the last step
        self._gradient_norm: torch.Tensor | None = None  # of the last step, before clipping
        self._unlogged: list[torch.Tensor] = []  # losses of the steps since the last record
        self._last_log = (0, time.monotonic())  # tokens, time
        self._last_save: int | None = None
        self._slowdown = SlowdownWatch()
        # rows=stream: the state that each micro-batch's last window has left
        self._carried: list[CarriedState] | None = self._carry_nothing() if self.training.rows == "stream" else None

    def resume(self) -> None:
        """Takes up the newest undamaged checkpoint, if there is one, and forgets what was recorded after it.

        CheckpointError where the checkpoint is of another model.
        """
        path = newest_checkpoint(self.run_directory.checkpoints, self.observers.report)
        if path is None:
            self._wind_back(None)
            return
        checkpoint = load_checkpoint(path, verify=False)  # newest_checkpoint has just verified it
        refuse_other_weights(self.model, checkpoint.model, path)
        self.model.load_state_dict(checkpoint.model)
        ours = {key: value for key, value in checkpoint.optimizer.items() if key.startswith(OURS)}
        self.optimizers.restore({key: value for key, value in checkpoint.optimizer.items() if key not in ours})
        restore_random_state(ours, checkpoint.state["random"], self.processes.rank)
        if self._carried is not None:
            rank, count = self.processes.rank, self.processes.count
            restore_carried(self._carried, ours, rank * self.micro_batches, count * self.micro_batches)
        if self.scaler is not None:
            self.scaler.load_state_dict(checkpoint.state["scaler"])
        self.step = self._last_save = checkpoint.step
        self.tokens = checkpoint.state["tokens"]
        self._seconds_before = checkpoint.state["seconds"]
        self._unlogged = list(ours["log.losses"].to(self.machine.device))
        self._wind_back(self.step)
        self._restore_best(checkpoint.state["best"])
        if self._is_finished():
            self.observers.report(f"this run is finished: {self.step:,} steps; there is nothing left to train")
        else:
            self.observers.report(f"going on from step {self.step:,}, where {path} was saved")

    def run(self) -> Result:
        """Trains to the end, or until a stop is requested (Ctrl-C, SIGTERM): then saves and returns."""
        self._started = time.monotonic()
        self._last_log = (self.tokens, self._started)
        bar = Progress(
            "training", self._work_in_all(), "tokens", done=self._work_done(), quiet=not self.processes.is_first
        )
        try:
            with StopRequest() as stop:
                if self.measure_first and self._last_save is None:
                    self._observe(bar, False)
                done = self._is_finished()
                while not done:
                    self.model.train()
                    loss = self._train_step()
                    # Asked once a step: time may pass between two looks, and all processes have to agree.
                    progress, (stops,) = self._agree(stop.requested)
                    done = progress >= 1.0
                    if done or self.step % LOG_EVERY == 0:
                        self._log()
                    self._observe(bar, done)
                    if not done and self.step % self.training.evaluate_every == 0 and self._patience_is_over():
                        bar.write(
                            f"step {self.step:,}: {self.training.patience} evaluations without a new best; it stops"
                        )
                        self._save_now()
                        done = True
                    bar.total = self._work_in_all()
                    note = f"step {self.step:,}, loss {float(loss):.3f}" if bar.is_due() else ""
                    bar.advance(self._work_done() - bar.done, note)
                    if stops and not done:
                        self._save_now()
                        break
                return Result(self.step, done, self.seconds(), self._work_done(), self.tokens)
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

    def _agree(self, *values: float) -> tuple[float, list[float]]:
        """The progress by the first process's clock, and the sums of the values."""
        progress, *sums = self.processes.add_up(self.progress() if self.processes.is_first else 0.0, *values)
        return progress, sums

    def _is_finished(self) -> bool:
        return self._agree()[0] >= 1.0 or self._patience_is_over()

    def _patience_is_over(self) -> bool:
        if self.training.patience is None:
            return False
        best = self.run_directory.best() if self.processes.is_first else None
        waited = -1 if best is None else self.step - best.step
        return self.processes.of_the_first(waited)[0] >= self.training.patience * self.training.evaluate_every

    def _save_now(self) -> None:
        if self._last_save != self.step:
            self._refuse_divergence()
            self._save(self.run_directory.best())

    def _work_done(self) -> int:
        """Tokens in batches so far, padding included; what the progress bar counts."""
        return self.step * self.training.batch_tokens

    def _work_in_all(self) -> float:
        """The same at the end of the run: an estimate, until then, where its length is a time."""
        if self.training.steps is not None:
            return self.training.steps * self.training.batch_tokens
        return self._work_done() / self.progress() if self.step else self.training.batch_tokens

    def _train_step(self) -> torch.Tensor:
        """One update; returns the mean loss a target, in nats."""
        batch = self.batches.batch(self.step, self.processes.rank)
        progress, (scored,) = self._agree(int((batch.targets_BT >= 0).sum()))
        self._rate_factor = rate_factor(self.training, self.step, progress)
        self.optimizers.set_rate_factor(self._rate_factor)
        device = self.machine.device
        inputs, targets, starts = (
            torch.from_numpy(part).to(device, non_blocking=True)
            for part in (batch.inputs_BT, batch.targets_BT, batch.starts_BT)
        )
        total = torch.zeros((), device=device)
        for index, part in enumerate(torch.arange(len(inputs)).chunk(self.micro_batches)):
            rows = slice(int(part[0]), int(part[-1]) + 1)
            with self.machine.autocast():
                if self._carried is not None:
                    carried = self._carried[index]
                    loss, carried = self.model.loss_from(inputs[rows], targets[rows], starts[rows], carried)
                    self._carried[index] = carried
                else:
                    isolated = starts[rows] if self.training.isolate_stories else None
                    loss = self.model.loss(inputs[rows], targets[rows], isolated)
                loss = loss / max(scored, 1)
            (loss if self.scaler is None else self.scaler.scale(loss)).backward()
            total += loss.detach()
        gradients = [p.grad for p in self.model.parameters() if p.grad is not None]
        self.processes.add_tensors([*gradients, total])
        if self.scaler is not None:
            self.optimizers.unscale(self.scaler)
        norm = torch.nn.utils.get_total_norm(gradients) if self.training.clip is not None else total
        # Elsewhere than on a CPU a look at every step would make the device wait: there `_log` looks at the losses.
        # A scaler leaves out the steps of infinite gradients by itself.
        if device.type == "cpu" and self.scaler is None and not (total.isfinite() and norm.isfinite()):
            self._stop_diverged(where_it_diverges(self.model, inputs, starts, self.machine), self.step)
        if self.training.clip is not None:
            torch.nn.utils.clip_grads_with_norm_(self.model.parameters(), self.training.clip, norm)
            self._gradient_norm = norm
        self.optimizers.step(self.scaler)
        if self.scaler is not None:
            self.scaler.update()
        self.step += 1
        self.tokens += int(scored)
        self._unlogged.append(total)
        return total

    def _log(self) -> None:
        now = time.monotonic()
        tokens, then = self._last_log
        loss = float(torch.stack(self._unlogged).mean())
        values = {
            "loss": loss,
            "learning_rate": self.training.learning_rate * self._rate_factor,
            "tokens": self.tokens,
            "tokens_per_second": (self.tokens - tokens) / max(now - then, 1e-9),
            "seconds": self.seconds(),
        }
        if self._gradient_norm is not None:
            values["gradient_norm"] = float(self._gradient_norm)
        self.tracker.log(self.step, values)
        slowed_down = self._slowdown.look(values["tokens_per_second"])
        if slowed_down is not None and self.machine.device.type == "cpu" and torch.get_num_threads() > 1:
            self.observers.report(slowed_down)
        self._refuse_divergence()
        self._last_log = (self.tokens, now)
        self._unlogged = []

    def _refuse_divergence(self) -> None:
        """Stops before weights that are no numbers are saved; a scaler leaves out the steps of infinite gradients."""
        if self.scaler is None and self._unlogged:
            finite = torch.stack(self._unlogged).isfinite()
            if not finite.all():
                first = self.step - len(self._unlogged) + int(finite.int().argmin())
                self._stop_diverged("the loss", first)

    def _stop_diverged(self, what: str, batch: int) -> NoReturn:
        keys = ["learning_rate"] + ["muon_learning_rate"] * (self.training.optimizer == "muon")
        lower = " ".join(f"training.{key}={getattr(self.training, key) / 3:.1g}" for key in keys)
        saved = "" if self._last_save is None else f"; {step_name(self._last_save)} is the last good checkpoint"
        raise NarratorError(
            f"the training has diverged: {what} is NaN or inf in step {batch + 1:,} (batch {batch} of seed "
            f"{self.training.seed}){saved}",
            where=str(self.run_directory.path),
            hint=f"train slower under another name: name={self.run_directory.recipe.name}-2 {lower}",
        )

    def _carry_nothing(self) -> list[CarriedState]:
        rows = self.batches.rows_per_step // self.processes.count // self.micro_batches
        return [self.model.carry_nothing(rows) for _ in range(self.micro_batches)]

    def _observe(self, bar: Progress, done: bool) -> None:
        """Evaluates, samples and saves where it is time to.

        The checkpoint comes after all records of its step, and what follows it can be made again from it: a process
        that is killed at any moment leaves nothing out.
        """
        training = self.training
        intervals = (training.evaluate_every, training.sample_every, training.checkpoint_every)
        evaluate, sample, save = (done or self.step % every == 0 for every in intervals)
        if not (evaluate or sample or save):
            return
        self._refuse_divergence()
        began = time.monotonic()
        self.model.eval()
        is_first, is_best = self.processes.is_first, False
        best = self.run_directory.best()
        if evaluate and is_first:
            values = self.observers.evaluate(self.model)
            self.tracker.log(self.step, values)
            score = values["validation_bits_per_byte"]
            is_best = math.isfinite(score) and (best is None or score < best.validation_bits_per_byte)
            best = Best(self.step, score) if is_best else best
            bar.write(
                f"step {self.step:,}: {score:.4f} bits per byte on {self.observers.measured_on}"
                f"{', the best so far' if is_best else ''}"
            )
        if sample and is_first:
            self.tracker.text(self.step, "story", self.observers.sample(self.model))
        if self.processes.of_the_first(is_best or save)[0]:
            one_before = self._last_save
            self._save(best)
            if is_first:
                if is_best and best is not None:
                    self.run_directory.set_best(best.step, best.validation_bits_per_byte)
                # Two at least are kept, so that there is another one if the last is damaged.
                keep = best.step if best is not None and not is_best else one_before
                prune(self.run_directory.checkpoints, set() if keep is None else {keep})
        tokens, then = self._last_log
        self._last_log = (tokens, then + time.monotonic() - began)  # the speed recorded is that of training

    def _restore_best(self, stored: list | None) -> None:
        """Points to the best step again where a process died between saving it and pointing to it."""
        if (
            self.processes.is_first
            and stored is not None
            and (self.run_directory.checkpoints / step_name(stored[0])).is_dir()
        ):
            self.run_directory.set_best(*stored)

    def _wind_back(self, step: int | None) -> None:
        if self.processes.is_first:
            self.run_directory.wind_back(step)

    def _save(self, best: Best | None) -> None:
        """With what every process has for itself: its generators, and the states that its rows carry."""
        rank = self.processes.rank
        random_tensors, random_json = save_random_state(rank)
        carried = {} if self._carried is None else carried_tensors(self._carried, rank * self.micro_batches)
        of_all = self.processes.gather({**random_tensors, **carried})
        self._last_save = self.step
        if not self.processes.is_first:
            return
        state = {
            "tokens": self.tokens,
            "seconds": self.seconds(),
            "best": None if best is None else [best.step, best.validation_bits_per_byte],
            "random": random_json,
            "scaler": self.scaler.state_dict() if self.scaler is not None else None,
            "machine": self.machine.describe(),
            "torch": torch.__version__,
            "threads": torch.get_num_threads(),
        }
        losses = torch.stack(self._unlogged) if self._unlogged else torch.zeros(0)
        optimizer = {**self.optimizers.tensors(), **of_all, "log.losses": losses}
        save_checkpoint(self.run_directory.checkpoints, self.step, self.model.state_dict(), optimizer, state)
