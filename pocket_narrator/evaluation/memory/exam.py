"""`--suite memory`: a run, all checkpoints of a run, or a published model sits the exam; what it wrote is kept in `evaluation/`."""

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from pocket_narrator.errors import RunError
from pocket_narrator.evaluation.likelihood.of_run import carries_state
from pocket_narrator.evaluation.memory.answers import log_ratios
from pocket_narrator.evaluation.memory.figures import Answers, Figures, summarise
from pocket_narrator.evaluation.memory.paper import Paper, set_paper
from pocket_narrator.evaluation.memory.spelling import spell
from pocket_narrator.evaluation.of_storyworld import load_storyworld_run
from pocket_narrator.evaluation.suite import HUGGING_FACE_BATCH_TOKENS, folder_of_published
from pocket_narrator.files.json_file import write_json_object
from pocket_narrator.models.language_model import LanguageModel
from pocket_narrator.models.published.hugging_face import HuggingFaceModel
from pocket_narrator.progress import progress
from pocket_narrator.run.loading import LoadedRun, Which, load_checkpoints
from pocket_narrator.tokenizers import Tokenizer

FILE, OVER_CHECKPOINTS = "memory.json", "memory-checkpoints.json"
CHECKPOINT_STORIES = 200  # asked about at each checkpoint
MOST_CHECKPOINTS = 32  # at even distances
VERSION = 1  # of the files
BECAUSE = "the memory exam tells stories again with one thing changed, which StoryWorld alone can do"


@dataclass(frozen=True)
class ExamProtocol:
    """What the figures have to be told with."""

    run: str
    step: int
    tokenizer: str  # fingerprint
    corpus: dict  # seed, chapters and world of the stories
    stories: int  # that were asked about
    held_out: int  # stories that there are
    questions: int
    version: int | str  # of the stories
    exam: str  # hash of the questions
    context: int
    carried: bool  # whether texts longer than the context were read with the state carried on


@dataclass(frozen=True)
class Exam:
    """One model's answers, and what they come to."""

    protocol: ExamProtocol
    figures: list[Figures]
    answers: Answers
    written: Path


@dataclass(frozen=True)
class Curve:
    """The exam at several checkpoints, in the order of their steps."""

    protocols: list[ExamProtocol]
    training_tokens: list[int]
    figures: list[list[Figures]]
    written: Path
    all_kept: bool  # whether the run was to keep every checkpoint


def examine_run(run: str | Path, which: Which = "best", stories: int | None = None, text: Path | None = None) -> Exam:
    """Lets a run answer, and writes `evaluation/memory.json` into it. `stories`: how many of its held-out stories are asked
    about; `text`: where the text of the run lies now.

    Raises RunError where it is not of StoryWorld, of another version of it, or where no question can be asked.
    """
    of_storyworld = load_storyworld_run(run, BECAUSE, which, text)
    paper = set_paper(of_storyworld.corpus, stories)
    protocol, answers = _sit(paper, of_storyworld.trained)
    return _write(of_storyworld.evaluation, protocol, answers)


def examine_checkpoints(run: str | Path, stories: int | None = None, text: Path | None = None) -> Curve:
    """The same of every checkpoint that the run has kept, into `evaluation/memory-checkpoints.json`."""
    of_storyworld = load_storyworld_run(run, BECAUSE, "last", text)
    paper = set_paper(of_storyworld.corpus, stories, CHECKPOINT_STORIES)
    protocols, tokens, figures = [], [], []
    for one in load_checkpoints(run, MOST_CHECKPOINTS):
        protocol, answers = _sit(paper, one)
        protocols.append(protocol)
        tokens.append(one.step * one.recipe.training.batch_tokens if one.recipe.training else 0)
        figures.append(summarise(answers))
    path = of_storyworld.evaluation / OVER_CHECKPOINTS
    found = [
        {"protocol": asdict(protocol), "training_tokens": seen, "figures": [asdict(one) for one in of_one]}
        for protocol, seen, of_one in zip(protocols, tokens, figures, strict=True)
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json_object(path, {"version": VERSION, "checkpoints": found})
    training = of_storyworld.trained.recipe.training
    return Curve(protocols, tokens, figures, path, training is None or training.keep_checkpoints == "all")


def examine_hugging_face(
    source: str, on: Path, out: Path | None = None, stories: int | None = None, text: Path | None = None
) -> Exam:
    """The same of a published model, about the stories of the run `on`; into `out`, by default `runs/published/NAME`."""
    corpus = load_storyworld_run(on, BECAUSE, text=text).corpus
    loaded = HuggingFaceModel.load(source)
    paper = set_paper(corpus, stories)
    answers = answer(paper, loaded, loaded.tokenizer, batch_tokens=HUGGING_FACE_BATCH_TOKENS)
    place = folder_of_published(loaded.name)
    protocol = _protocol(paper, place.name, 0, loaded, loaded.tokenizer, False)
    return _write((out or place) / "evaluation", protocol, answers)


def answer(
    paper: Paper, model: LanguageModel, tokenizer: Tokenizer, *, carry: bool = False, batch_tokens: int = 8192
) -> Answers:
    """A model's answers. `carry`: it reads texts that are longer than its context with its state carried on. RunError where they
    are not finite."""
    spelled = [spell(story, tokenizer) for story in paper.stories]
    with progress("answering", len(spelled), "stories") as bar:
        ratio_Q = log_ratios(model, spelled, carry=carry, batch_tokens=batch_tokens, advance=bar.advance)
    if not np.isfinite(ratio_Q).all():
        raise RunError(
            "the model gives probabilities that are no numbers",
            hint="train it anew with a lower training.learning_rate, or take an earlier checkpoint",
        )
    asked = [(story.index, question) for story in paper.stories for twin in story.twins for question in twin.questions]
    distances = [question.distance for story in spelled for twin in story.twins for question in twin.questions]
    return Answers(
        np.array([index for index, _ in asked]),
        [question.kind for _, question in asked],
        np.array(distances),
        np.array([question.available for _, question in asked]),
        ratio_Q,
    )


def _sit(paper: Paper, trained: LoadedRun) -> tuple[ExamProtocol, Answers]:
    carry = carries_state(trained.recipe)
    answers = answer(paper, trained.model, trained.tokenizer, carry=carry)
    name = trained.run_folder.name
    return _protocol(paper, name, trained.step, trained.model, trained.tokenizer, carry), answers


def _protocol(
    paper: Paper, name: str, step: int, model: LanguageModel, tokenizer: Tokenizer, carried: bool
) -> ExamProtocol:
    return ExamProtocol(
        run=name,
        step=step,
        tokenizer=tokenizer.fingerprint,
        corpus=paper.corpus,
        stories=len(paper.stories),
        held_out=paper.held_out,
        questions=paper.questions,
        version=paper.version,
        exam=paper.sha256,
        context=model.context,
        carried=carried,
    )


def _write(folder: Path, protocol: ExamProtocol, answers: Answers) -> Exam:
    figures = summarise(answers)
    columns = {
        "story": answers.story_Q.tolist(),
        "kind": list(answers.kind_Q),
        "distance": answers.distance_Q.tolist(),
        "available": [round(bits, 6) for bits in answers.available_Q.tolist()],
        "log_ratio": [round(bits, 6) for bits in answers.log_ratio_Q.tolist()],
    }
    folder.mkdir(parents=True, exist_ok=True)
    found = {"version": VERSION, "protocol": asdict(protocol), "figures": [asdict(one) for one in figures]}
    write_json_object(folder / FILE, {**found, "answers": columns})
    return Exam(protocol, figures, answers, folder / FILE)
