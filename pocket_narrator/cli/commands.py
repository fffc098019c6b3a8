"""The commands, other names for them, and what people type instead. Nothing heavy is imported, so that all answers are quick."""

import os

from pocket_narrator.errors import NarratorError
from pocket_narrator.terminal.messages import command

COMMANDS = {
    "recipes": "list what can be trained, with sizes and estimated times",
    "runs": "list the runs in the folder runs/, the newest first",
    "storyworld": "write stories of the embedded world to a file",
    "read": "read stories of StoryWorld: what contradicts what was told before",
    "clean": "leave out what is not worth training on, with a reason for each",
    "prepare": "make what a recipe needs first: stories, tokenizer, tokens",
    "train": "train a model from a recipe; resumes by itself",
    "tell": "generate stories with a trained model",
    "serve": "serve a trained model behind an API like OpenAI's",
    "demo": "open a page in the browser on which models generate stories",
    "bench": "measure speed and memory of generation",
    "evaluate": "evaluate a trained model on held-out stories",
    "compare": "compare evaluated runs on the same stories, with paired tests",
    "scaling": "fit how loss falls with parameters, data and compute over runs",
    "report": "write one page about an evaluated run",
    "judge": "let a language model behind an endpoint grade stories",
    "inspect": "look into a trained model: time constants, routing weights",
    "stats": "show what is in a corpus: lengths, vocabulary, names, repetition",
    "tokenizer": "train, compare and show tokenizers",
    "seen": "overlap of a passage with a run's training text: is it memorised?",
    "export": "write a trained model for transformers, vLLM, llama.cpp or Ollama",
    "import": "convert a model of Hugging Face's, or a GGUF file, into a run",
    "check": "check a mixer of your own: is it causal, recurrent, saved whole?",
    "new-mixer": "write a file that a mixer of your own begins with",
    "doctor": "check the fast kernels on this machine",
}

ALIASES = {"generate": "tell", "overlap": "seen"}

EXAMPLES = {  # how a command is called at its simplest
    "recipes": "recipes",
    "runs": "runs",
    "storyworld": "storyworld --stories 1000",
    "read": "read FILE",
    "clean": "clean FILE",
    "prepare": "prepare RECIPE",
    "train": "train RECIPE",
    "tell": 'tell RUN "Once upon a time"',
    "serve": "serve RUN",
    "demo": "demo RUN",
    "bench": "bench RUN",
    "evaluate": "evaluate RUN",
    "compare": "compare RUN RUN",
    "scaling": "scaling RUN RUN RUN",
    "report": "report RUN",
    "judge": "judge RUN --provider openai",
    "inspect": "inspect RUN",
    "stats": "stats FILE",
    "tokenizer": "tokenizer show RUN",
    "seen": 'seen RUN "a passage"',
    "export": "export RUN --to gguf",
    "import": "import openai-community/gpt2",
    "check": "check my_mixer.py",
    "new-mixer": "new-mixer my_mixer",
    "doctor": "doctor",
}

INSTEAD = {  # what does what another program's command of this name does
    ("list", "ls", "show", "models", "recipe", "all"): ("recipes", "runs"),
    ("run", "start", "go", "begin"): ("train", "tell"),
    ("fit", "learn", "pretrain", "resume", "continue", "teach", "restart"): ("train",),
    ("chat", "talk", "ask", "play", "interactive", "repl"): ("demo", "tell"),
    ("sample", "infer", "inference", "predict", "complete", "completion", "completions", "write", "story"): ("tell",),
    ("stories", "create", "produce", "synthesize"): ("tell", "storyworld"),
    ("plugin", "plugins", "mixer", "own-mixer", "new_mixer", "template", "scaffold"): ("new-mixer", "check"),
    ("test", "eval", "score", "measure", "perplexity", "ppl", "validate", "evaluation", "metrics"): ("evaluate",),
    ("benchmark", "speed", "perf", "profile", "time", "throughput"): ("bench",),
    ("init", "new", "setup", "config", "configure", "make", "quickstart"): ("recipes", "train"),
    ("download", "fetch", "get", "pull", "data", "dataset", "datasets", "preprocess", "tokenise"): (
        "prepare",
        "import",
    ),
    ("encode", "tokenize", "decode", "vocab", "bpe"): ("tokenizer",),
    ("info", "about", "describe", "summary", "view", "status", "look"): ("report", "inspect", "stats"),
    ("plot", "graph", "chart", "html", "dashboard", "figures", "page"): ("report", "compare"),
    ("diff", "versus", "vs", "ab"): ("compare",),
    ("convert", "quantize", "quantise"): ("export", "import"),
    ("save", "upload", "push", "publish", "gguf", "onnx", "ollama", "hf"): ("export",),
    ("load", "hub"): ("import",),
    ("ui", "web", "gui", "app", "webui", "gradio", "open", "browser"): ("demo",),
    ("api", "server", "openai", "host"): ("serve",),
    ("verify", "selftest", "self-test", "diagnose", "env", "system", "debug"): ("doctor",),
    ("memorised", "memorized", "memorisation", "memorization", "contamination", "leakage", "search"): ("seen",),
    ("corpus", "analyze", "analyse", "statistics", "count"): ("stats",),
    ("filter", "dedup", "dedupe", "deduplicate"): ("clean",),
    ("parse", "proofread", "contradictions", "consistency"): ("read",),
    ("grade", "rate", "assess"): ("judge",),
    ("attention", "explain", "probe"): ("inspect", "report"),
}

ADVICE = {  # what no command does
    ("finetune", "fine-tune", "fine_tune", "tune", "sft", "transfer"): "fine-tune a run on other stories:\n"
    "    narrator train fine-tune --from RUN name=NEW corpus.kind=files corpus.train=FILE",
    ("sweep", "grid", "hyperparameters", "hparams", "optuna"): "one run for each value, then a comparison:\n"
    "    narrator train RECIPE name=a training.learning_rate=1e-3\n"
    "    narrator train RECIPE name=b training.learning_rate=3e-3\n"
    "    narrator evaluate runs/a\n"
    "    narrator evaluate runs/b\n"
    "    narrator compare runs/a runs/b",
    ("rm", "delete", "remove", "drop", "prune"): "a run is a folder: delete it, or move it away",
    ("rename", "mv", "move", "copy", "cp"): "a run is a folder: rename, move or copy it as any other",
    (
        "update",
        "upgrade",
        "install",
        "uninstall",
    ): "brought up to date as it was installed, from a checkout or from a wheel:\n"
    "    git pull && make install\n"
    "    pip install FILE.whl",
    ("login", "logout", "auth"): "nobody has to log in; an API key for serve is --api-key",
    ("stop", "kill", "quit", "exit", "cancel"): "Ctrl-C stops what runs in a terminal; train saves first",
}


def unknown_command(typed: str) -> NarratorError:
    """What to type in place of a command that there is not."""
    import difflib

    what = f"'{typed}' is not a command of narrator"
    if typed.partition("=")[0] in ("--plugin", "--trust"):
        return NarratorError(what, hint="options follow the command: narrator train RECIPE --plugin FILE")
    word = typed.lower().lstrip("-")
    instead = [names for words, names in INSTEAD.items() if word in words]
    advice = [text for words, text in ADVICE.items() if word in words]
    if advice:
        return NarratorError(what, hint=advice[0])
    if instead:
        return NarratorError(what, hint=_listed(instead[0]))
    known = [*COMMANDS, *ALIASES]
    starting = [name for name in known if len(word) > 1 and name.startswith(word)]
    nearest = [word] if word in known else starting[:1] or difflib.get_close_matches(word, known, n=1, cutoff=0.65)
    if nearest and not _is_recipe(typed, nearest[0]):
        return NarratorError(f"{what}; did you mean '{nearest[0]}'?", hint=f"{command('--help')} lists the commands")
    if _is_recipe(typed, ""):
        return NarratorError(
            f"'{typed}' is a recipe, and not a command", hint=f"train it:\n    {command('train', typed)}"
        )
    if os.path.isfile(os.path.join(typed, "config.yaml")):
        return NarratorError(
            f"'{typed}' is a run, and not a command", hint=f"for example:\n    {command('tell', typed)}"
        )
    if os.path.exists(typed):
        from pocket_narrator.cli.arguments.own_text import train_on

        hint = f"look at it, then train on it:\n    {command('stats', typed)}\n    {train_on(typed)}"
        return NarratorError(f"'{typed}' is a file or folder, and not a command", hint=hint)
    if typed.startswith("-"):
        hint = f"options follow a command, as in {command('tell', '--help')}; alone there are --help and --version"
        return NarratorError(f"there is no option {typed}", hint=hint)
    if word.endswith("s") and word[:-1] in INSTEAD:
        return unknown_command(word[:-1])
    own = "one of your own is known with --plugin FILE behind it"
    return NarratorError(what, hint=f"{command('--help')} lists the commands; {own}")


def _listed(names: tuple[str, ...]) -> str:
    if len(names) == 1:
        return f"{COMMANDS[names[0]]}:\n    narrator {EXAMPLES[names[0]]}"
    width = max(len(EXAMPLES[name]) for name in names)
    return "\n".join(
        ["one of these", *(f"    narrator {EXAMPLES[name]:<{width}}   {COMMANDS[name]}" for name in names)]
    )


def _is_recipe(typed: str, nearest: str) -> bool:
    """Whether a shipped recipe has this name; looked up only for what looks like one."""
    if not typed or ("-" not in typed.strip("-") and nearest):
        return False
    from pocket_narrator.recipe.loading import list_recipes

    return typed in list_recipes()
