"""Everything that a model computes while it reads a text, by name; and the same with some of it replaced.

Names are those of `named_modules()`: `layers.3.mixer` is what that mixer adds to the residual stream. Beside them stand
`embedded`, the residual stream before the first layer, what a mixer shows of itself (`layers.3.mixer.attention`), the state
that it leaves (`layers.3.mixer.state.memory`), and `logits`.
"""

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence

import torch
from torch import Tensor, nn

from pocket_narrator.errors import ActivationError
from pocket_narrator.evaluation.inside.hooks import hooked, inputs_of, mixers_of, views_of
from pocket_narrator.generation.prompt import refuse_long_prompt
from pocket_narrator.models.language_model import LanguageModel
from pocket_narrator.models.mixers import Mixer
from pocket_narrator.models.mixers.mixer import names_of
from pocket_narrator.models.stack import DecoderStack
from pocket_narrator.tokenizers import Tokenizer

Patch = Tensor | Callable[[Tensor], Tensor]
EMBEDDED, LOGITS = "embedded", "logits"


class Trace(Mapping[str, Tensor]):
    """The activations of one text, by name: float32, on the CPU. Made by `Run.trace` and `Run.patch`.

    Legend: T tokens, the end-of-text token that begins a story included; C width; V vocabulary; H heads.

    | name | shape | what it is |
    |---|---|---|
    | `embedded` | [T, C] | the residual stream before the first layer |
    | `layers.0` | [T, C] | the residual stream after a layer |
    | `layers.0.mixer`, `layers.0.feed_forward` | [T, C] | what each adds to it |
    | `layers.0.mixer.attention` | [H, T, T] | attention weights; each row adds up to 1 |
    | `layers.0.mixer.router`, `.reader` | [T, tracks] | of a narrative mixer: how much is written and read; 1 is the mean |
    | `layers.0.mixer.state.NAME` | | the state after the last token: a KV cache, a recurrent state |
    | `norm` | [T, C] | the final norm's output |
    | `logits` | [T, V] | unnormalised log-probabilities of the next token |

    Every other module that gives one tensor is there by its name, too, such as `layers.0.mixer.qkv`. An N-gram has `logits` alone.

    Example:
        >>> trace = Run("tiny").trace("Once upon a time")
        >>> trace["layers.0.mixer"].shape == trace["layers.1"].shape
        True
        >>> sorted(name for name in trace if name.endswith(".attention"))
        ['layers.0.mixer.attention', 'layers.1.mixer.attention']
    """

    def __init__(
        self, model: LanguageModel, tokenizer: Tokenizer, text: str, patches: Mapping[str, Patch] | None = None
    ) -> None:
        """PromptError where the text is longer than the context, ActivationError where a patch does not fit."""
        ids = tokenizer.encode(text)
        refuse_long_prompt(len(ids), model.context, f'"{text[:40]}"')
        self.text = text
        self.tokens: list[int] = [tokenizer.end_of_text, *ids]
        """The ids that the model read."""
        self.words: list[str] = [tokenizer.decode([token]) for token in self.tokens]
        """The text of each, for the ticks of a plot."""
        self._model = model
        if isinstance(model, DecoderStack):
            self._found = _record(model, self.tokens, patches or {})
        else:
            for name in patches or {}:
                raise _unknown(name, [])
            tokens_BT = torch.tensor([self.tokens], device=model.device)
            self._found = {LOGITS: model.logits(tokens_BT)[0].clone().cpu()}

    def __getitem__(self, name: str) -> Tensor:
        if name not in self._found:
            raise _unknown(name, list(self._found))
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def __repr__(self) -> str:
        return f"<Trace of {len(self.tokens)} tokens: {len(self)} activations>"

    def _repr_html_(self) -> str:
        from pocket_narrator.page.document import table

        return table(["activation", "shape"], [[name, str(list(found.shape))] for name, found in self.items()])

    @property
    def log_probs(self) -> Tensor:
        """log p of each token of the text after those before it, in nats: [T - 1]."""
        logs_TV = torch.log_softmax(self[LOGITS][:-1], dim=-1)
        return logs_TV.gather(1, torch.tensor(self.tokens[1:], dtype=torch.long)[:, None])[:, 0]

    @torch.no_grad()
    def logit_lens(self, at: Sequence[int] | None = None) -> dict[str, Tensor]:
        """What the model would predict if the stack ended after each layer: the final norm and head, applied to the
        residual stream (nostalgebraist 2020, "interpreting GPT: the logit lens").

        Args:
            at: Places in `tokens` to look at; by default all, which takes layers x T x V numbers.

        Returns:
            Logits [T, V], or one row for each place of `at`, by name: `embedded`, `layers.0` and on; those of the last
            layer are the model's own.

        Raises:
            ActivationError: The model is an N-gram, which has no layers.

        Example:
            >>> trace = Run("tiny").trace("Once upon a time")
            >>> lens = trace.logit_lens(at=[-1])
            >>> list(lens)
            ['embedded', 'layers.0', 'layers.1']
            >>> bool((lens["layers.1"].argmax() == trace["logits"][-1].argmax()))
            True
        """
        model = self._model
        if not isinstance(model, DecoderStack):
            raise ActivationError("an N-gram has no layers to look through", found="logits alone")
        stages = [EMBEDDED, *(f"layers.{index}" for index in range(len(model.layers)))]
        places = torch.arange(len(self.tokens)) if at is None else torch.arange(len(self.tokens))[list(at)]
        stream = {name: self[name][places].to(model.device, model.head_weight.dtype) for name in stages}
        return {name: (model.norm(x_TC) @ model.head_weight.T).float().cpu() for name, x_TC in stream.items()}


@torch.no_grad()  # and not in inference mode, whose tensors no probe could be trained on
def _record(model: DecoderStack, tokens: Sequence[int], patches: Mapping[str, Patch]) -> dict[str, Tensor]:
    modules = _modules(model)
    _refuse_unpatchable(patches, modules, model)
    found: dict[str, Tensor] = {}
    inputs: dict[str, tuple] = {}
    mixers = mixers_of(model)
    unread = set(patches)
    is_reading = True

    def hook(name: str, module: nn.Module, given: tuple, output: object) -> Tensor | None:
        if not isinstance(output, Tensor):
            return None
        patched = _patched(name, output, patches[name]) if name in patches else output
        unread.discard(name)
        if is_reading:
            found[name] = _first_row(patched)
            if name in mixers:
                inputs[name] = given
        return patched

    with hooked(modules, hook):
        hidden_BTC = model(torch.tensor([list(tokens)], device=model.device))
        is_reading = False  # what follows calls some of the modules again
        shown = {key: one for name, given in inputs.items() for key, one in _shown(name, mixers[name], given).items()}
    if unread:
        raise ActivationError(
            f"'{min(unread)}' is not computed on its own, so nothing can take its place",
            hint="patch what it is a part of, such as layers.0.mixer",
        )
    for name in patches.keys() & shown.keys():
        raise _only_shown(name, mixers)
    return {**found, **shown, LOGITS: (hidden_BTC[0] @ model.head_weight.T).float().cpu()}


def _modules(model: DecoderStack) -> dict[str, nn.Module]:
    """Those that are called once a text, by name; the dropout of the embedding gives the residual stream before the first layer."""
    left_out = (nn.Dropout, nn.ModuleList)
    named = {name: module for name, module in model.named_modules() if name and not isinstance(module, left_out)}
    return {EMBEDDED: model.dropout, **named}


def _shown(name: str, mixer: Mixer, given: tuple) -> dict[str, Tensor]:
    """What a mixer shows of itself, and its state after the last token."""
    x_BTC, values_BTC = inputs_of(given)
    lengths_B = torch.tensor([x_BTC.shape[1]], device=x_BTC.device)
    _, state = mixer.prefill(x_BTC, mixer.start(1), lengths_B, values_BTC)
    shown = {f"{name}.{kind}": view for kind, view in views_of(mixer, given).items()}
    return shown | {f"{name}.state.{part}": _first_row(getattr(state, part)) for part in names_of(state)}


def _first_row(x: Tensor) -> Tensor:
    row = x[0] if x.dim() and x.shape[0] == 1 else x
    return (row.float() if row.is_floating_point() else row).cpu().clone()


def _patched(name: str, output: Tensor, patch: Patch) -> Tensor:
    old = output[0]
    new = patch(old.clone()) if callable(patch) and not isinstance(patch, Tensor) else patch
    expected = f"a tensor of shape {list(old.shape)}"
    if new is None:
        raise ActivationError(f"the function for '{name}' returned nothing", expected=expected)
    try:
        new = torch.as_tensor(new, dtype=output.dtype, device=output.device)
    except (TypeError, ValueError, RuntimeError):
        raise ActivationError(
            f"what is put in place of '{name}' is no tensor", expected=expected, found=type(new).__name__
        ) from None
    if new.shape != old.shape:
        raise ActivationError(
            f"what is put in place of '{name}' has another shape", expected=expected, found=str(list(new.shape))
        )
    return new[None]


def _refuse_unpatchable(patches: Mapping[str, Patch], modules: Mapping[str, nn.Module], model: DecoderStack) -> None:
    for name in patches:
        if name in modules:
            continue
        mixers = mixers_of(model)
        if name == LOGITS or any(name.startswith(f"{mixer}.") for mixer in mixers):
            raise _only_shown(name, mixers)
        raise _unknown(name, list(modules))


def _only_shown(name: str, mixers: Mapping[str, Mixer]) -> ActivationError:
    mixer = next((mixer for mixer in mixers if name.startswith(f"{mixer}.")), "norm")
    return ActivationError(f"'{name}' is shown, and is not on the way to the output", hint=f"patch {mixer} instead")


def _unknown(name: str, known: Sequence[str]) -> ActivationError:
    if not known:
        return ActivationError(f"there is no activation '{name}' in an N-gram: it has no layers")
    nearest = difflib.get_close_matches(name, known, n=3)
    return ActivationError(
        f"there is no activation '{name}'",
        hint=f"did you mean {', '.join(nearest)}?" if nearest else f"there are {', '.join(known[:8])} and more",
    )
