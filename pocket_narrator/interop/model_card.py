"""The model card: README.md of an exported folder, filled from the run."""

import json
from pathlib import Path

from pocket_narrator.evaluation.likelihood.of_run import windows_of
from pocket_narrator.evaluation.statistics.bootstrap import spell_interval
from pocket_narrator.files.json_file import find_json_object
from pocket_narrator.interop.formats import GPT2, LLAMA
from pocket_narrator.interop.parity import Parity
from pocket_narrator.plugins.kept import code_of
from pocket_narrator.recipe.cost import count_parameters
from pocket_narrator.recipe.schema import CorpusConfig, FilesCorpusConfig, HubCorpusConfig, StoryworldCorpusConfig
from pocket_narrator.recipe.yaml import write_yaml
from pocket_narrator.run.loading import LoadedRun


def model_card(trained: LoadedRun, kind: str, parity: Parity, why_own_class: str | None) -> str:
    """Markdown with a YAML header. `kind` is the class of transformers' that the folder opens as."""
    measured = _measured(trained)
    name, recipe = trained.recipe.name, trained.recipe
    header: dict[str, object] = {
        "library_name": "transformers",
        "pipeline_tag": "text-generation",
        "language": "en",
        "tags": ["pocket-narrator", "story-generation", *sorted(set(recipe.stack()[0].mixers()))],
    }
    if measured is not None:
        metric = {"type": "bits_per_byte", "name": "bits per byte", "value": round(measured["bits_per_byte"], 4)}
        dataset = {"name": _corpus(recipe.corpus), "type": recipe.corpus.kind, "split": "validation"}
        task = {"type": "text-generation", "name": "Text Generation"}
        header["model-index"] = [{"name": name, "results": [{"task": task, "dataset": dataset, "metrics": [metric]}]}]
    parts = [
        f"---\n{write_yaml(header)}---",
        f"# {name}",
        "A language model that writes stories, made with pocket-narrator"
        + (f": {recipe.about}." if recipe.about else "."),
        _table(trained, kind),
        "## Quality\n\n" + _quality(trained, measured),
        "## Training\n\n" + _training(trained),
        "## Use\n\n" + _use(trained, kind, why_own_class),
        "## The same model\n\n" + _parity(kind, parity),
    ]
    return "\n\n".join(parts) + "\n"


def _table(trained: LoadedRun, kind: str) -> str:
    model, _ = trained.recipe.stack()
    count = count_parameters(model, trained.tokenizer.vocabulary_size)
    rows = [
        ("class", f"`{kind}`"),
        (
            "parameters",
            f"{count.parameters:,} ({count.non_embedding_parameters:,} without embedding tables)",
        ),
        ("layers", f"`{model.layers}`, width {model.width}"),
        ("context", f"{model.context:,} tokens"),
        ("vocabulary", f"{trained.tokenizer.vocabulary_size:,} tokens, byte-level BPE"),
        ("corpus", _corpus(trained.recipe.corpus)),
    ]
    return "| | |\n|---|---|\n" + "\n".join(f"| {name} | {value} |" for name, value in rows)


def _corpus(corpus: CorpusConfig) -> str:
    if isinstance(corpus, StoryworldCorpusConfig):
        fewest = "" if corpus.fewest_chapters is None else f"{corpus.fewest_chapters} to "
        what = "stories" if corpus.chapters is None else f"chronicles of {fewest}{corpus.chapters} chapters"
        return f"StoryWorld, {corpus.stories:,} {what} of seed {corpus.seed}"
    if isinstance(corpus, HubCorpusConfig):
        return corpus.dataset
    return Path(corpus.train).name if isinstance(corpus, FilesCorpusConfig) else corpus.kind


def _measured(trained: LoadedRun) -> dict | None:
    """The figures of `narrator evaluate`, where they are of this checkpoint."""
    found = find_json_object(trained.run_folder / "evaluation" / "likelihood.json")
    if found is None:
        return None
    likelihood, protocol = found.get("likelihood"), found.get("protocol")
    if not isinstance(likelihood, dict) or not isinstance(protocol, dict) or protocol.get("step") != trained.step:
        return None
    return {**likelihood, **protocol}


def _quality(trained: LoadedRun, measured: dict | None) -> str:
    if measured is None:
        return f"Not evaluated at this step. `narrator evaluate runs/{trained.run_folder.name}` evaluates it."
    interval = spell_interval(measured["bits_per_byte_interval"], measured["stories"])
    return (
        f"{measured['bits_per_byte']:.4f} bits per byte (95 % interval {interval}) on {measured['stories']:,} "
        f"held-out stories ({measured['bytes']:,} bytes) of corpus {measured['corpus_hash'][:12]}; every story from its "
        f"end-of-text start, {windows_of(measured)}, {measured['precision']}; interval by "
        "bootstrap over stories."
    )


def _training(trained: LoadedRun) -> str:
    _, training = trained.recipe.stack()
    base = trained.data.get("base")
    began = "From random weights" if base is None else f"From `{base.get('name')}`, step {base.get('step')}"
    if "imported" in trained.data:
        return f"Imported from {json.dumps(trained.data['imported'])}; not trained here."
    return (
        f"{began}: {trained.step:,} steps of {training.batch_tokens:,} tokens with {training.optimizer}, peak rate "
        f"{training.learning_rate:g} ({training.schedule}), seed {training.seed}."
    )


def _use(trained: LoadedRun, kind: str, why_own_class: str | None) -> str:
    trust, note = "", ""
    if why_own_class is not None:
        trust = ", trust_remote_code=True"
        note = (
            f"\n\nNo class of transformers' own holds this model: {why_own_class}. It opens with a class of the package "
            "pocket-narrator, which must be installed, and generates fastest with its command `narrator tell`."
        )
        own = code_of(("mixers", name) for name in trained.recipe.stack()[0].mixers())
        if own:
            parts = " and ".join(one.describe() for one in own)
            note += f" Beside it lies `own_code.py` with {parts}: a program, which `trust_remote_code=True` runs."
    prompt = repr(trained.recipe.generation.prompts[0])
    context = trained.recipe.stack()[0].context
    return f"""```python
from transformers import AutoModelForCausalLM, AutoTokenizer

model = AutoModelForCausalLM.from_pretrained("."{trust})
tokenizer = AutoTokenizer.from_pretrained("."{trust})
inputs = tokenizer({prompt}, return_tensors="pt")
print(tokenizer.decode(model.generate(**inputs)[0], skip_special_tokens=True))
```

Several stories at once:

```python
from transformers import pipeline

teller = pipeline("text-generation", model="."{trust})
for told in teller([{prompt}, {prompt}], batch_size=2):
    print(told[0]["generated_text"])
```

A story begins with the end-of-text token, which the tokenizer puts before every text, and ends with it. {_limit(kind, context)}
A chat is one story to this model: what is said in it, one after the other.{note}"""


def _limit(kind: str, context: int) -> str:
    """What comes after the context, and who has to see to it."""
    if kind == GPT2:
        return (
            f"There are {context:,} positions and no more: `generate` stops there, and fails with a `max_new_tokens` that goes past "
            "them."
        )
    if kind == LLAMA:
        return (
            f"`generate` stops after {context:,} tokens, as many as the model was trained on; a larger `max_new_tokens` goes past "
            "them, where it tells badly."
        )
    return (
        f"The model was trained on {context:,} tokens at once, and a larger `max_new_tokens` lets it go on past them."
    )


def _parity(kind: str, parity: Parity) -> str:
    return (
        f"When this folder was written it was opened as `{kind}` and compared with the run in float32: logits differ by at "
        f"most {parity.largest_difference:.1e} (the largest is {parity.largest_logit:.1f}), and {parity.greedy_tokens} of "
        f"{parity.greedy_tokens} greedy tokens are equal."
    )
