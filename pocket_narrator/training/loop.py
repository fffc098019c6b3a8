"""The training loop: batches in, weights out; interrupted anywhere, it goes on to the same bits."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from pocket_narrator.models.stack import DecoderStack
from pocket_narrator.progress import Progress, format_seconds
from pocket_narrator.recipe.schema import Recipe
from pocket_narrator.run.checkpoint import (
    load_checkpoint,
    newest_checkpoint,
    prune,
    save_checkpoint,
    step_before,
    step_name,
)
from pocket_narrator.run.directory import Best, RunDirectory
from pocket_narrator.tokens.batches import BatchOrder
from pocket_narrator.tracking.trackers import Tracker
from pocket_narrator.training.divergence import diverged, where_it_diverges
from pocket_narrator.training.machine.precision import Machine
from pocket_narrator.training.machine.processes import Processes
from pocket_narrator.training.machine.signals import StopRequest
from pocket_narrator.training.machine.slowdown import SlowdownWatch
from pocket_narrator.training.machine.work_clock import WorkClock
from pocket_narrator.training.observers import EVALUATION, SAMPLE, Observers, Watch
from pocket_narrator.training.prolong import Parent, how_to_prolong
from pocket_narrator.training.schedules import rate_factor
from pocket_narrator.training.state.learned_state import LearnedState
from pocket_narrator.training.state.recorded_progress import read_progress, restoring

LOG_EVERY = 10  # steps


@dataclass(frozen=True)
class Result:
    """How a call of `Trainer.run` ended."""

    step: int
    finished: bool
    seconds: float  # of work, over all lives of the run
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
        self._watch = Watch(observers, run_directory, tracker)
        self.state = LearnedState(
            model, self.training, machine, self.processes, batches.rows_per_step, self.micro_batches
        )
        self.step = 0
        self.tokens = 0  # targets
        self.first_batch = 0  # of the data, where a parent has read those before it
        self._clock = WorkClock()
        self._unclocked = 0  # steps since the clock's last stretch has ended
        self._step_seconds = 0.0  # of work in steps, in this life
        self._rate_factor = 0.0  # of the last step
        self._gradient_norm: torch.Tensor | None = None  # of the last step, before clipping
        self._unlogged: list[torch.Tensor] = []  # losses of the steps since the last record
        self._last_log = (0, 0.0)  # tokens, seconds in steps
        self._last_save: int | None = None
        self._saved_at = 0.0  # seconds of work
        self._pending: list[str] = []  # looks at the model of the checkpoint gone on from that may not be recorded
        self._bar = Progress("training", 0, "tokens", quiet=True)  # until it runs
        self._slowdown = SlowdownWatch()

    def resume(self) -> None:
        """Takes up the newest undamaged checkpoint, if there is one, and forgets what was recorded after it.

        CheckpointError where the checkpoint is of another model, or its state not what a training writes.
        """
        path = newest_checkpoint(self.run_directory.checkpoints, self.observers.report)
        if path is None:
            self._truncate_records(None)
            return
        checkpoint = load_checkpoint(path, verify=False)  # newest_checkpoint has just verified it
        recorded = read_progress(checkpoint.state, path)
        with restoring(path):
            ours = self.state.restore(checkpoint, path)
            self.state.restore_generators(ours, checkpoint)
            self._unlogged = list(ours["log.losses"].to(self.machine.device))
        self.step = self._last_save = checkpoint.step
        self.tokens, self._pending = recorded.tokens, recorded.pending
        self._clock = WorkClock(recorded.seconds)
        self._saved_at = self._clock.seconds
        self._truncate_records(self.step)
        self._restore_best(recorded.best)
        if self._is_finished():
            self.observers.report(
                f"this run is finished: {self.step:,} steps; there is nothing left to train "
                f"(a new run goes on from it with: {how_to_prolong(self.run_directory.path, self.training)})"
            )
        else:
            self.observers.report(f"going on from step {self.step:,}, where {path} was saved")
            self.machine.keep_kernels(recorded.kernels, self.observers.report)

    def begin_with(self, parent: Parent) -> None:
        """Goes on where another run has ended, as far as this one has not begun: with its weights and its optimizer's state."""
        self.first_batch = parent.batches
        if parent.checkpoint is not None:
            with restoring(parent.place()):
                self.state.restore(parent.checkpoint, parent.place())
            self.measure_first = True

    def run(self) -> Result:
        """Trains to the end, or until a stop is requested (Ctrl-C, SIGTERM): then saves and returns."""
        self._last_log = (self.tokens, 0.0)
        self._bar = bar = Progress(
            "training", self._work_in_all(), "tokens", done=self._work_done(), quiet=not self.processes.is_first
        )
        self._clock.start()
        try:
            with StopRequest() as stop:
                if self._pending and self._look(self._pending, *self._watch.recorded(self.step, self._pending)):
                    self._prune()
                if self.measure_first and self._last_save is None:
                    self._observe(False)
                self._clock_stretch("looks before the first step")
                done = self._is_finished()
                while not done:
                    self.model.train()
                    loss = self._train_step()
                    self._unclocked += 1
                    if self.machine.device.type == "cpu":  # elsewhere the step may only have been handed over
                        self._clock_steps()
                    # Asked once a step: time may pass between two looks, and all processes have to agree.
                    progress, (stops, by_clock) = self._agree(stop.requested, self._is_save_due())
                    done = progress >= 1.0
                    if done or self.step % LOG_EVERY == 0:
                        self._log()
                    self._observe(done, bool(by_clock))
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
        """Seconds of work so far, over all lives of the run."""
        return self._clock.so_far()

    def _clock_steps(self) -> None:
        """The steps since the last call are done."""
        if self._unclocked:
            self._step_seconds += self._clock_stretch(f"{self._unclocked} steps")
            self._unclocked = 0

    def _clock_stretch(self, kind: str) -> float:
        counted, left_out = self._clock.end_stretch(kind)
        if left_out:
            self._bar.leave_out(left_out)
            self.observers.report(
                f"step {self.step:,}: the process stood still for {format_seconds(left_out)}, which does not count as training"
            )
        return counted

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

    def _is_save_due(self) -> bool:
        """By the first process's clock."""
        minutes = self.training.checkpoint_minutes
        return self.processes.is_first and minutes is not None and self.seconds() - self._saved_at >= 60 * minutes

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
        batch = self.batches.batch(self.first_batch + self.step, self.processes.rank)
        progress, (scored,) = self._agree(int((batch.targets_BT >= 0).sum()))
        self._rate_factor = rate_factor(self.training, self.step, progress)
        self.state.optimizers.set_rate_factor(self._rate_factor)
        device = self.machine.device
        inputs, targets, starts = (
            torch.from_numpy(part).to(device, non_blocking=True)
            for part in (batch.inputs_BT, batch.targets_BT, batch.starts_BT)
        )
        total = torch.zeros((), device=device)
        for index, part in enumerate(torch.arange(len(inputs)).chunk(self.micro_batches)):
            rows = slice(int(part[0]), int(part[-1]) + 1)
            with self.machine.autocast():
                if self.state.carried is not None:
                    carried = self.state.carried[index]
                    loss, carried = self.model.loss_with_state(inputs[rows], targets[rows], starts[rows], carried)
                    self.state.carried[index] = carried
                else:
                    isolated = starts[rows] if self.training.isolate_stories else None
                    loss = self.model.loss(inputs[rows], targets[rows], isolated)
                loss = loss / max(scored, 1)
            (loss if self.state.scaler is None else self.state.scaler.scale(loss)).backward()
            total += loss.detach()
        gradients = [p.grad for p in self.model.parameters() if p.grad is not None]
        self.processes.add_tensors([*gradients, total])
        if self.state.scaler is not None:
            self.state.optimizers.unscale(self.state.scaler)
        norm = torch.nn.utils.get_total_norm(gradients) if self.training.clip is not None else total
        # Elsewhere than on a CPU a look at every step would make the device wait: there `_log` looks at the losses.
        # A scaler leaves out the steps of infinite gradients by itself.
        if device.type == "cpu" and self.state.scaler is None and not (total.isfinite() and norm.isfinite()):
            where = where_it_diverges(self.model, inputs, starts, self.machine)
            raise diverged(where, self.run_directory, self.step, self._last_save)
        if self.training.clip is not None:
            torch.nn.utils.clip_grads_with_norm_(self.model.parameters(), self.training.clip, norm)
            self._gradient_norm = norm
        self.state.optimizers.step(self.state.scaler)
        if self.state.scaler is not None:
            self.state.scaler.update()
        self.step += 1
        self.tokens += int(scored)
        self._unlogged.append(total)
        return total

    def _log(self) -> None:
        loss = float(torch.stack(self._unlogged).mean())
        self._clock_steps()
        tokens, seconds = self._last_log
        values = {
            "loss": loss,
            "learning_rate": self.training.learning_rate * self._rate_factor,
            "tokens": self.tokens,
            "tokens_per_second": (self.tokens - tokens) / max(self._step_seconds - seconds, 1e-9),
            "seconds": self.seconds(),
        }
        if self._gradient_norm is not None:
            values["gradient_norm"] = float(self._gradient_norm)
        self.tracker.log(self.step, values)
        slowed_down = self._slowdown.look(values["tokens_per_second"])
        if slowed_down is not None and self.machine.device.type == "cpu" and torch.get_num_threads() > 1:
            self.observers.report(slowed_down)
        self._refuse_divergence()
        self._last_log = (self.tokens, self._step_seconds)
        self._unlogged = []

    def _refuse_divergence(self) -> None:
        """Stops before weights that are no numbers are saved; a scaler leaves out the steps of infinite gradients."""
        if self.state.scaler is None and self._unlogged:
            finite = torch.stack(self._unlogged).isfinite()
            if not finite.all():
                first = self.step - len(self._unlogged) + int(finite.int().argmin())
                raise diverged("the loss", self.run_directory, first, self._last_save)

    def _observe(self, done: bool, by_clock: bool = False) -> None:
        """Saves, evaluates and samples where it is time to.

        The checkpoint comes first, and says which looks at it are to be recorded after it: whatever happens to them, the work
        is safe, and a process that is killed at any moment leaves nothing out.
        """
        training = self.training
        intervals = (training.evaluate_every, training.sample_every, training.checkpoint_every)
        evaluate, sample, save = (done or self.step % every == 0 for every in intervals)
        looks = [look for look, due in ((EVALUATION, evaluate), (SAMPLE, sample)) if due]
        save = save or by_clock
        if not (looks or save):
            return
        self._refuse_divergence()
        self._clock_steps()
        if save:
            self._save(self.run_directory.best(), looks)
        if self._look(looks, looks) or save:
            self._prune()
        self._clock_stretch(", ".join([*looks, "checkpoint"] if save else looks))

    def _look(self, looks: Sequence[str], missing: Sequence[str], score: float | None = None) -> bool:
        """Makes the `missing` ones of the looks at this step; `score` is what is recorded of an evaluation that is not. Whether
        a new best was saved."""
        self.model.eval()
        is_first, is_best = self.processes.is_first, False
        best = self.run_directory.best()
        if EVALUATION in looks and is_first:
            if EVALUATION in missing:
                score = self._watch.evaluate(self.model, self.step)
            is_best = (
                score is not None and math.isfinite(score) and (best is None or score < best.validation_bits_per_byte)
            )
            if score is not None and EVALUATION in missing:
                so_far = ", the best so far" if is_best else ""
                self._bar.write(
                    f"step {self.step:,}: {score:.4f} bits per byte on {self.observers.measured_on}{so_far}"
                )
        saves = bool(self.processes.of_the_first(is_best)[0])
        if saves:
            best = Best(self.step, score) if score is not None else best
            self._save(best, [look for look in missing if look == SAMPLE])
            if is_first and best is not None:
                self.run_directory.set_best(best.step, best.validation_bits_per_byte)
        if SAMPLE in missing and is_first:
            self._watch.sample(self.model, self.step)
        return saves

    def _prune(self) -> None:
        """Keeps the newest checkpoint, the best, and one more where these are the same: it helps out if the last is damaged."""
        if self.processes.is_first and self.training.keep_checkpoints == "best":
            folder, best = self.run_directory.checkpoints, self.run_directory.best()
            keep = step_before(folder, self.step) if best is None or best.step == self.step else best.step
            prune(folder, set() if keep is None else {keep}, self.step)

    def _restore_best(self, stored: list | None) -> None:
        """Points to the best step again where a process died between saving it and pointing to it."""
        if self.processes.is_first and stored and (self.run_directory.checkpoints / step_name(stored[0])).is_dir():
            self.run_directory.set_best(*stored)

    def _truncate_records(self, step: int | None) -> None:
        if self.processes.is_first:
            self.run_directory.truncate_after(step)

    def _save(self, best: Best | None, pending: Sequence[str] = ()) -> None:
        """By all processes together. pending: looks that are recorded after it."""
        tensors, of_state = self.state.tensors_and_json()
        self._last_save, self._saved_at = self.step, self.seconds()
        if not self.processes.is_first:
            return
        state = {
            "tokens": self.tokens,
            "seconds": self.seconds(),
            "best": None if best is None else [best.step, best.validation_bits_per_byte],
            "pending": list(pending),
            **of_state,
            **self.run_directory.record_counts(),
            "machine": self.machine.describe(),
            "threads": torch.get_num_threads(),
            "kernels": self.machine.kernels(),
        }
        losses = torch.stack(self._unlogged) if self._unlogged else torch.zeros(0)
        optimizer = {**tensors, "log.losses": losses}
        save_checkpoint(self.run_directory.checkpoints, self.step, self.model.state_dict(), optimizer, state)
