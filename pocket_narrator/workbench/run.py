"""A run in Python: what it was trained by, what it has recorded and generated, and its model to look into.

torch is imported by what needs the model, so that listing runs and reading their recipes stays quick.
"""

from collections.abc import Mapping
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from pocket_narrator.errors import MissingExtraError, RunError
from pocket_narrator.evaluation.samples.file import SUITES
from pocket_narrator.files.json_file import find_json_object
from pocket_narrator.plugins.kept import trust_kept_code
from pocket_narrator.recipe.schema import Recipe
from pocket_narrator.run.find import find_run, found_runs, newest_step
from pocket_narrator.run.identity import TOKENIZER, RunIdentity
from pocket_narrator.tokenizers import Tokenizer
from pocket_narrator.workbench.evaluations import evaluate_in

if TYPE_CHECKING:
    from pocket_narrator.evaluation.coherence.of_run import CoherenceReport
    from pocket_narrator.evaluation.inside.inspection import Inspection
    from pocket_narrator.evaluation.inside.trace import Patch, Trace
    from pocket_narrator.evaluation.ledger.ledger import Ledger
    from pocket_narrator.evaluation.likelihood.of_run import Evaluation
    from pocket_narrator.evaluation.memory.exam import Exam
    from pocket_narrator.evaluation.suite import LabReport
    from pocket_narrator.generation.narrator import Narrator
    from pocket_narrator.models.language_model import LanguageModel
    from pocket_narrator.run.loading import LoadedRun


def runs() -> "list[Run]":
    """The runs in the folder `runs/`, the one that was trained last first.

    Returns:
        A `Run` for each; nothing of their models is loaded yet.

    Raises:
        Nothing: a folder that is not there holds no runs.

    Example:
        >>> [run.name for run in runs()]
        ['other', 'tiny']
    """
    return [Run(path) for path in found_runs()]


class Run:
    """A trained model and all that its training has left: one folder, as `narrator train` writes it.

    Args:
        run: Its folder, or its name in `runs/`.
        which: The checkpoint to load, "best" by the validation score, or "last".
        trust: Runs the copy of own code that a run keeps, in this process: it is a program, so read it first.

    Raises:
        RunError: There is no such run; the message names those that are there.

    Example:
        >>> run = Run("tiny")
        >>> run.recipe.model.width, run.step
        (32, 8)
        >>> story = run.narrator().tell("Once upon a time", max_tokens=5)[0]
        >>> story.startswith("Once upon a time")
        True
    """

    def __init__(self, run: "str | Path | Run", which: Literal["best", "last"] = "best", trust: bool = False) -> None:
        self.path: Path = run.path if isinstance(run, Run) else find_run(Path(run))
        """The folder."""
        self.which: Literal["best", "last"] = which
        if which not in ("best", "last"):
            raise RunError(f"there is no checkpoint '{which}'", expected="best or last")
        if trust:
            trust_kept_code()

    @property
    def name(self) -> str:
        """Of the folder."""
        return self.path.resolve().name

    @cached_property
    def recipe(self) -> Recipe:
        """What it is trained by, with every default filled in. RunError where the folder is damaged."""
        return RunIdentity.load(self.path).recipe

    @property
    def metrics(self) -> Any:
        """What was recorded during the training, a row for each record: `step`, `tokens`, `loss`, `validation_bits_per_byte`
        and others. A pandas DataFrame, or a list of dictionaries where pandas is not installed."""
        from pocket_narrator.evaluation.statistics.data_frame import data_frame
        from pocket_narrator.run.records import METRICS, read_records

        return data_frame(read_records(self.path, METRICS))

    @property
    def stories(self) -> Any:
        """The stories that it has generated so far, a row for each: `made_in` ("training", or "quick" and "full", the suites),
        `step` where it is known, `prompt` and `text`, which goes on from the prompt. A DataFrame, or a list of
        dictionaries where pandas is not installed."""
        from pocket_narrator.evaluation.samples.file import read_story_file
        from pocket_narrator.evaluation.statistics.data_frame import data_frame
        from pocket_narrator.run.records import SAMPLES, read_records

        prompt = self.recipe.generation.prompts[0]
        rows = [
            {"made_in": "training", "step": record["step"], "prompt": prompt, "text": text.removeprefix(prompt)}
            for record in read_records(self.path, SAMPLES)
            if isinstance(text := record.get("text"), str)
        ]
        for suite in SUITES:
            path = self.path / "evaluation" / f"told-{suite}.jsonl"
            settings, stories = read_story_file(path) if path.is_file() else ({}, [])
            step = settings.get("step")
            rows += [{"made_in": suite, "step": step, "prompt": s.beginning, "text": s.text} for s in stories]
        return data_frame(rows)

    @property
    def scores(self) -> Any:
        """The last evaluation, a row for each held-out story: its number, `nats` (negative log-likelihood), `tokens`, `bytes` and
        `bits_per_byte`. A DataFrame, or a list of dictionaries where pandas is not installed. RunError before an evaluation."""
        import math

        from pocket_narrator.evaluation.likelihood.story_scores import read_single_scores
        from pocket_narrator.evaluation.statistics.data_frame import data_frame

        single = read_single_scores(self.path)
        columns = zip(single.index_S, single.nats_S, single.tokens_S, single.bytes_S, strict=True)
        return data_frame(
            [
                {"story": int(i), "nats": float(n), "tokens": int(t), "bytes": int(b)}
                | {"bits_per_byte": float(n) / int(b) / math.log(2)}
                for i, n, t, b in columns
            ]
        )

    @cached_property
    def _trained(self) -> "LoadedRun":
        from pocket_narrator.run.loading import load_trained

        return load_trained(self.path, self.which)

    @property
    def model(self) -> "LanguageModel":
        """The checkpoint's model, in evaluation mode; a torch module, unless it is an N-gram. Loaded once, and kept.
        RunError where there is no checkpoint yet, CheckpointError where all are damaged."""
        return self._trained.model

    @property
    def step(self) -> int:
        """The training step of the checkpoint that is loaded."""
        return self._trained.step

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """Turns text into ids and back: `encode`, `decode`, `vocabulary_size`, `end_of_text`."""
        return Tokenizer.load(self.path / TOKENIZER)

    def narrator(self) -> "Narrator":
        """The model as one that generates stories.

        Returns:
            A `Narrator` whose options are the recipe's, unless a call gives others.

        Raises:
            RunError: There is no checkpoint yet.
            CheckpointError: All checkpoints are damaged.

        Example:
            >>> len(Run("tiny").narrator().tell("Once", stories=2, max_tokens=5))
            2
        """
        from pocket_narrator.generation.narrator import Narrator

        return Narrator(self.model, self.tokenizer, self.recipe.generation)

    @overload
    def evaluate(
        self,
        suite: None = None,
        *,
        split: Literal["validation", "train"] = "validation",
        stories: int | None = None,
        stride: int | None = None,
        precision: Literal["fp32", "bf16"] = "fp32",
        data: str | Path | None = None,
        quiet: bool = False,
    ) -> "Evaluation": ...

    @overload
    def evaluate(
        self, suite: Literal["quick", "full"], *, data: str | Path | None = None, quiet: bool = False
    ) -> "LabReport": ...

    @overload
    def evaluate(
        self,
        suite: Literal["memory"],
        *,
        stories: int | None = None,
        data: str | Path | None = None,
        quiet: bool = False,
    ) -> "Exam": ...

    @overload
    def evaluate(
        self,
        suite: Literal["ledger"],
        *,
        stories: int | None = None,
        data: str | Path | None = None,
        quiet: bool = False,
    ) -> "Ledger": ...

    @overload
    def evaluate(
        self, suite: Literal["coherence"], *, data: str | Path | None = None, quiet: bool = False
    ) -> "CoherenceReport": ...

    def evaluate(
        self,
        suite: Literal["quick", "full", "memory", "ledger", "coherence"] | None = None,
        *,
        split: Literal["validation", "train"] = "validation",
        stories: int | None = None,
        stride: int | None = None,
        precision: Literal["fp32", "bf16"] = "fp32",
        data: str | Path | None = None,
        quiet: bool = False,
    ) -> "Evaluation | LabReport | Exam | Ledger | CoherenceReport":
        """Evaluates the model on held-out stories, as `narrator evaluate` does, and writes the values into the run.

        Args:
            suite: None for the likelihood of real stories alone; "quick" or "full" for generated stories and their metrics,
                too. Of runs of StoryWorld "memory", what it remembers; "ledger", where it pays more bits than the stories
                cost; "coherence", whether its stories contradict themselves.
            split: "validation", the held-out stories, or "train".
            stories: How many stories, at even distances; by default all, of "memory" 600, of "ledger" 400.
            stride: Tokens that the window moves on by in stories longer than the context; by default half of it.
            precision: "fp32" or "bf16".
            data: Where the run's text lies now, if it has been moved.
            quiet: Shows no progress.

        Returns:
            An evaluation: `likelihood` (loss, perplexity, bits per byte, with intervals), `floor`, `by_position` and others.
            With "quick" or "full" a report: that as `evaluation`, and `measured`, the metrics. With "memory" `figures`, by kind
            and distance, and `answers`; with "ledger" `lines`, bits a story paid and ideal; with "coherence" `sets`.

        Raises:
            RunError: An option means nothing for this run, its text has changed, or a suite needs StoryWorld.
            CorpusError: Its text is not there.

        Example:
            >>> found = Run("tiny").evaluate(quiet=True)
            >>> low, high = found.likelihood.bits_per_byte_interval
            >>> low < found.likelihood.bits_per_byte < high
            True
        """
        text = None if data is None else Path(data)
        return evaluate_in(self.path, self.which, suite, split, stories, stride, precision, text, quiet)

    def report(self, data: str | Path | None = None) -> Path:
        """Writes `report.html` into the run: values with intervals, stories, surprise, memory and curves on one page.

        Args:
            data: Where the run's text lies now, if it has been moved.

        Returns:
            The page's path.

        Raises:
            RunError: The run has not been evaluated yet.

        Example:
            >>> Run("tiny").report().name
            'report.html'
        """
        from pocket_narrator.evaluation.report.run_page import write_run_page

        return write_run_page(self.path, None if data is None else Path(data))

    def inspect(self, data: str | Path | None = None) -> "Inspection":
        """For how long each layer remembers, and which tokens a narrative model sends to which track.

        Args:
            data: Where the run's text lies now, if it has been moved.

        Returns:
            `layers`, each with its `memories` and, of a narrative layer, `routed` and `read`; `tokens`, how many of each class
            were looked at.

        Raises:
            RunError: No layer of the model has learned for how long it remembers.

        Example:
            >>> Run("other").inspect().layers[0].mixer
            'mamba'
        """
        from pocket_narrator.evaluation.inside.inspection import inspect_run

        return inspect_run(self.path, self.which, None if data is None else Path(data))

    def trace(self, text: str) -> "Trace":
        """Everything that the model computes while it reads a text, by name.

        Args:
            text: At most the context, in tokens, without the end-of-text token before it.

        Returns:
            A mapping of names such as `layers.1.mixer` to tensors; it has `tokens`, `words`, `log_probs` and `logit_lens()`.

        Raises:
            PromptError: The text is longer than the model's context.

        Example:
            >>> trace = Run("tiny").trace("Once upon a time")
            >>> trace["logits"].shape == (len(trace.tokens), Run("tiny").tokenizer.vocabulary_size)
            True
        """
        from pocket_narrator.evaluation.inside.trace import Trace

        return Trace(self.model, self.tokenizer, text)

    def patch(self, text: str, patches: "Mapping[str, Patch]") -> "Trace":
        """`trace`, with other numbers in the place of some: what would the model predict if a layer had given this?

        Args:
            text: As for `trace`.
            patches: By name, a tensor of the same shape, such as one of another trace; or a function of the tensor that is
                there, such as `lambda x: 0 * x`.

        Returns:
            The trace of a run through the model in which all that comes after a patch has been computed from it.

        Raises:
            ActivationError: There is no such name, nothing can take its place, or a tensor has another shape.
            PromptError: The text is longer than the model's context.

        Example:
            >>> run = Run("tiny")
            >>> plain = run.trace("Once upon a time")
            >>> ablated = run.patch("Once upon a time", {"layers.0.mixer": lambda x: 0 * x})
            >>> bool((plain["logits"] == ablated["logits"]).all())
            False
        """
        from pocket_narrator.evaluation.inside.trace import Trace

        return Trace(self.model, self.tokenizer, text, patches)

    def lm_eval(self, batch_size: int = 16) -> Any:
        """The model for EleutherAI's lm-evaluation-harness, whose tasks it can then be given.

        Args:
            batch_size: Texts that are scored at once.

        Returns:
            An `lm_eval.api.model.LM` for `lm_eval.simple_evaluate(model=...)`.

        Raises:
            MissingExtraError: The package lm_eval is not installed.

        Example:
            >>> model = Run("tiny").lm_eval()  # doctest: +SKIP
            >>> lm_eval.simple_evaluate(model=model, tasks=["lambada_openai"])  # doctest: +SKIP
        """
        from pocket_narrator.evaluation.likelihood.of_run import carries_state

        try:
            from pocket_narrator.interop.lm_eval import NarratorLM
        except ModuleNotFoundError as error:
            if (error.name or "").split(".")[0] != "lm_eval":
                raise
            raise MissingExtraError("lm_eval", "harness") from None
        from pocket_narrator.generation.narrator import Narrator
        from pocket_narrator.recipe.schema import GenerationConfig

        plain = Narrator(self.model, self.tokenizer, GenerationConfig())  # a task says itself how it generates
        return NarratorLM(plain, batch_size, carries_state(self.recipe))

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r})"

    def _repr_html_(self) -> str:
        from pocket_narrator.evaluation.comparison.measured_model import kind_of_model
        from pocket_narrator.page.document import table

        step = newest_step(self.path)
        rows = [["model", kind_of_model(self.recipe)], ["last saved step", "none" if step is None else f"{step:,}"]]
        measured = find_json_object(self.path / "evaluation" / "likelihood.json") or {}
        likelihood, parameters = measured.get("likelihood"), measured.get("protocol", {}).get("parameters")
        if isinstance(parameters, int):
            rows.append(["parameters", f"{parameters:,}"])
        if isinstance(likelihood, dict) and isinstance(likelihood.get("bits_per_byte"), float):
            rows.append(["bits per byte", f"{likelihood['bits_per_byte']:.4f}, {likelihood.get('stories')} stories"])
        about = f"<p>{escape(self.recipe.about)}</p>" if self.recipe.about else ""
        return f"<b>{escape(str(self.path))}</b>{about}{table(['', ''], rows)}"
