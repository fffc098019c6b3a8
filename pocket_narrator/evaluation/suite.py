"""One command for a table: likelihood, calibration and told stories of a run or of a published model, and the
ceiling that real stories set."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TypeVar

from pocket_narrator.corpus import Story, read_stories
from pocket_narrator.errors import CorpusError, RunError
from pocket_narrator.evaluation.earlier.perplexity import earlier_perplexity
from pocket_narrator.evaluation.likelihood.confidence import Calibration, calibrate
from pocket_narrator.evaluation.likelihood.of_run import (
    Evaluation,
    Protocol,
    data_of,
    evaluate_run,
    spread,
    summarise_all,
    write_evaluation,
)
from pocket_narrator.evaluation.likelihood.scores import StoryScores, score_stories
from pocket_narrator.evaluation.memorisation.store import SeenInStore
from pocket_narrator.evaluation.metrics.embedded import MeanPooling, SequenceClassifier
from pocket_narrator.evaluation.metrics.registry import code_version, families
from pocket_narrator.evaluation.metrics.text import Sample
from pocket_narrator.evaluation.metrics.tools import Tools
from pocket_narrator.evaluation.metrics.traits import SETUPS
from pocket_narrator.evaluation.samples.file import read_story_file
from pocket_narrator.evaluation.samples.generate import LONGEST_SHARE, beginnings_of, story_texts, tell_stories
from pocket_narrator.evaluation.samples.measure import (
    CORPUS_STORIES,
    SIZES,
    Measured,
    Suite,
    measure_corpus,
    measure_told,
    write_measured,
)
from pocket_narrator.files.json_file import write_json_object
from pocket_narrator.generation.sampling import SamplingOptions
from pocket_narrator.models.language_model import LanguageModel
from pocket_narrator.models.published.hugging_face import HuggingFaceModel
from pocket_narrator.progress import progress
from pocket_narrator.run.loading import Which, load_trained
from pocket_narrator.tokenizers import Tokenizer
from pocket_narrator.tokens.builder import build_store
from pocket_narrator.tokens.store import TokenStore

SCORED_STORIES: dict[Suite, int | None] = {"quick": 200, "full": None}  # none: the whole split
CALIBRATED_STORIES: dict[Suite, int] = {"quick": 32, "full": 200}
Item = TypeVar("Item")
HUGGING_FACE_BATCH_TOKENS = 2048  # their logits are in memory all at once


@dataclass(frozen=True)
class Options:
    """What a suite is run with."""

    suite: Suite = "quick"
    nouns: str = "auto"
    embedder: str | None = None  # folder or id of a sentence-transformers model
    grammar: str | None = None  # folder or id of a sequence classifier

    def tools(self) -> Tools:
        """Loaded now, so that what is missing is said before any work."""
        tools = Tools(
            nouns_by=self.nouns,
            embedder=None if self.embedder is None else MeanPooling(self.embedder),
            classifier=None if self.grammar is None else SequenceClassifier(self.grammar),
        )
        _ = tools.nouns
        return tools


@dataclass(frozen=True)
class LabReport:
    """Everything that one suite has found; parts that do not apply are None."""

    measured: dict[str, Measured]
    written: Path
    evaluation: Evaluation | None = None
    calibration: Calibration | None = None
    earlier_perplexity: float | None = None
    about: dict = field(default_factory=dict)


def evaluate_run_suite(run: str | Path, which: Which, options: Options, text: Path | None = None) -> LabReport:
    """Measures a run and writes `evaluation/` into it: likelihood.json, told-SUITE.jsonl, stories-SUITE.json.
    `text`: where the text of the run lies now.

    Raises RunError or CheckpointError where there is nothing to measure, or where the text is another.
    """
    trained = load_trained(run, which)
    tools, suite = options.tools(), options.suite
    prepared = data_of(trained, text)
    evaluation = evaluate_run(run, which, stories=SCORED_STORIES[suite], prepared=prepared)
    if suite == "full":
        tools.seen = SeenInStore(prepared.train, trained.tokenizer)
    model, store = trained.model, prepared.validation
    folder = trained.run_folder / "evaluation"
    sampling = SamplingOptions.of_recipe(trained.recipe.generation)
    about = {"run": trained.run_folder.name, "step": trained.step, "corpus": prepared.corpus_hash}
    measured = _tell_and_measure(model, trained.tokenizer, store, sampling, folder, about, tools, suite)
    calibration = _calibrate(model, store, suite)
    protocol = {**about, **_protocol(options, tools, trained.tokenizer, sampling)}
    written = write_measured(folder, f"stories-{suite}", protocol, measured)
    earlier = _earlier(model, trained.tokenizer, store, suite)
    report = LabReport(measured, written, evaluation, calibration, earlier, protocol)
    _write_model_parts(folder, suite, report)
    return report


def evaluate_hugging_face(
    source: str, on: str | Path, options: Options, out: Path | None = None, text: Path | None = None
) -> LabReport:
    """The same of a published model, on the validation stories of a run or on a story file (`on`); `narrator compare`
    then takes its folder like a run's. `text`: where the text of that run lies now."""
    loaded = HuggingFaceModel.load(source)
    tools, suite = options.tools(), options.suite
    stories, corpus_hash = _stories_of(Path(on), text)
    place = folder_of_published(loaded.name)
    name, folder = place.name, (out or place) / "evaluation"
    texts_hash = _hash_of(story.text for story in stories)
    store = build_store(stories, loaded.tokenizer, folder / "tokens" / texts_hash[:16])
    indices = spread(store, SCORED_STORIES[suite])
    with progress("measuring", int(sum(len(store.story(i)) for i in indices)), "tokens") as bar:
        scores = score_stories(
            loaded, store, indices.tolist(), batch_tokens=HUGGING_FACE_BATCH_TOKENS, advance=bar.advance
        )  # the model's own context, half of it as the stride
    evaluation = summarise_all(
        _of_published(loaded, name, corpus_hash, store, scores), scores, store, indices, loaded.tokenizer
    )
    write_evaluation(folder, evaluation, indices, scores)
    sampling = SamplingOptions()
    about = {"model": loaded.name, "parameters": loaded.parameters, "texts": texts_hash}
    measured = _tell_and_measure(loaded, loaded.tokenizer, store, sampling, folder, about, tools, suite)
    protocol = {**about, **_protocol(options, tools, loaded.tokenizer, sampling)}
    written = write_measured(folder, f"stories-{suite}", protocol, measured)
    calibration = _calibrate(loaded, store, suite)
    earlier = _earlier(loaded, loaded.tokenizer, store, suite)
    report = LabReport(measured, written, evaluation, calibration, earlier, protocol)
    _write_model_parts(folder, suite, report)
    return report


def folder_of_published(name: str) -> Path:
    """Where the values of a published model go, by its id or folder, when nothing else is asked for."""
    return Path("runs") / "published" / re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-")


def _of_published(
    model: HuggingFaceModel, name: str, corpus_hash: str, store: TokenStore, scores: StoryScores
) -> Protocol:
    return Protocol(
        run=name,
        step=0,
        split="validation",
        split_stories=store.num_stories,
        context=model.context,
        stride=scores.stride,
        carried=False,
        precision="fp32",
        tokenizer=model.tokenizer.fingerprint,
        vocabulary_size=model.tokenizer.vocabulary_size,
        corpus_hash=corpus_hash,
        parameters=model.parameters,
        non_embedding_parameters=model.non_embedding_parameters,
        training_tokens=None,
        training_flops=None,
        seed=None,
    )


def evaluate_corpus(
    path: str | Path, options: Options, out: Path | None = None, stories: int | None = None
) -> LabReport:
    """The metrics on real stories, whole and as second halves; or, of a `.jsonl` file of told stories, on those.

    At most `stories` at even distances (by default as many as the suite takes). Written to `out`, by default
    `runs/corpora/NAME`.
    """
    path, tools = Path(path), options.tools()
    folder = (out or Path("runs") / "corpora" / path.stem) / "evaluation"
    cache = folder / "cache"
    if path.suffix == ".jsonl":
        settings, told = read_story_file(path)
        if not told:
            raise CorpusError(
                "the file holds no generated story yet", where=str(path), hint="finish the generation first"
            )
        told = told if stories is None else _spread(told, stories)
        measured = measure_told(told, [], tools, options.suite, cache)
        about: dict = {"file": path.name, "told": settings}
    else:
        texts = _spread([story.text for story in read_stories(path)], stories or CORPUS_STORIES[options.suite])
        measured = measure_corpus(texts, tools, options.suite, cache)
        about = {"file": path.name, "texts": _hash_of(texts)}
    protocol = {**about, **_protocol(options, tools, None, None)}
    return LabReport(measured, write_measured(folder, f"stories-{options.suite}", protocol, measured), about=protocol)


def _spread(items: Sequence[Item], wanted: int) -> list[Item]:
    wanted = min(wanted, len(items))
    return [items[i * len(items) // wanted] for i in range(wanted)]


def _hash_of(texts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


def _stories_of(on: Path, text: Path | None) -> tuple[list[Story], str]:
    """The stories to measure on, and the hash of the corpus that they are of."""
    if on.is_file():
        stories = list(read_stories(on))
        return stories, _hash_of(story.text for story in stories)
    if not on.is_dir():
        raise RunError("there is no such run directory or story file", where=str(on), hint="--on RUN or --on FILE")
    trained = load_trained(on)
    prepared = data_of(trained, text)
    return [Story(one) for one in story_texts(prepared.validation, trained.tokenizer)], prepared.corpus_hash


def _tell_and_measure(
    model: LanguageModel,
    tokenizer: Tokenizer,
    store: TokenStore,
    sampling: SamplingOptions,
    folder: Path,
    about: dict,
    tools: Tools,
    suite: Suite,
) -> dict[str, Measured]:
    longest = int(model.context * LONGEST_SHARE)

    def fits(beginning: str) -> bool:
        return len(tokenizer.encode(beginning)) + 1 <= longest

    number, samples, setup_samples = SIZES[suite]
    beginnings = beginnings_of(story_texts(store, tokenizer), number, fits)
    setups = [Sample("", setup.beginning, group=i) for i, setup in enumerate(SETUPS) if fits(setup.beginning)]
    total = len(beginnings) * samples + len(setups) * setup_samples
    with progress("telling", total, "stories") as bar:
        told = tell_stories(
            model, tokenizer, beginnings, samples, sampling, folder / f"told-{suite}.jsonl", about, bar.advance
        )
        from_setups = []
        if setups:
            path = folder / f"told-setups-{suite}.jsonl"
            from_setups = tell_stories(model, tokenizer, setups, setup_samples, sampling, path, about, bar.advance)
    return measure_told(told, from_setups, tools, suite, folder / "cache")


def _calibrate(model: LanguageModel, store: TokenStore, suite: Suite) -> Calibration:
    wanted = min(CALIBRATED_STORIES[suite], store.num_stories)
    indices = [i * store.num_stories // wanted for i in range(wanted)]
    total = sum(len(store.story(i)) for i in indices)
    with progress("calibrating", total, "tokens") as bar:
        return calibrate(model, store, indices, bar.advance)


def _earlier(model: LanguageModel, tokenizer: Tokenizer, store: TokenStore, suite: Suite) -> float:
    return earlier_perplexity(model, tokenizer, _spread(story_texts(store, tokenizer), CALIBRATED_STORIES[suite]))


def _protocol(options: Options, tools: Tools, tokenizer: Tokenizer | None, sampling: SamplingOptions | None) -> dict:
    return {
        "suite": options.suite,
        "sampling": None if sampling is None else asdict(sampling),
        "tokenizer": None if tokenizer is None else tokenizer.fingerprint,
        "nouns": tools.nouns.name,
        "embedder": tools.setting("embedder"),
        "classifier": tools.setting("classifier"),
        "metric_versions": {family.name: code_version(family) or family.version for family in families()},
    }


def _write_model_parts(folder: Path, suite: Suite, report: LabReport) -> None:
    """`model-SUITE.json`: what needs the model and no stories of its own."""
    parts = {
        "protocol": report.about,
        "calibration": None if report.calibration is None else asdict(report.calibration),
        "earlier_perplexity": report.earlier_perplexity,
    }
    write_json_object(folder / f"model-{suite}.json", parts)
