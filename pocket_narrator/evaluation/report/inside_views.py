"""Views into a model: how far its heads look, what they look at, what each track remembers, which tokens go where."""

from collections.abc import Sequence

import numpy as np
from torch import Tensor

from pocket_narrator.evaluation.inside.hooks import Inside, look_inside
from pocket_narrator.evaluation.inside.inspection import LayerInspection, inspect_model
from pocket_narrator.models.stack import DecoderStack
from pocket_narrator.page.chart import Axis, Series, chart
from pocket_narrator.page.document import COLOURS, figure, grid, paragraph, section, table, tinted_story
from pocket_narrator.run.loading import LoadedRun
from pocket_narrator.tokenizers import Tokenizer
from pocket_narrator.tokens.store import TokenStore

FAR = 64  # tokens before a place from which its look back is counted: nearer to the beginning nobody can look far
MOST_LAYERS = 4  # that are shown as text
MOST_TOKENS = 160  # of a story that are shown


def inside_sections(trained: LoadedRun, store: TokenStore) -> list[str]:
    """Of a stack, with a story of the middle of a split; sections for parts that no layer has are empty."""
    assert isinstance(trained.model, DecoderStack)
    layers = inspect_model(trained, store).layers
    tokens = store.story(store.num_stories // 2)[: trained.model.context].tolist()
    inside = look_inside(trained.model, tokens)
    routed = [layer for layer in layers if layer.routed]
    return [
        section("What is remembered for how long", grid([_memories(layers)])),
        section("Routing weights", _tracks(routed), _routed_text(inside, routed, tokens, trained.tokenizer)),
        section("What attention looks at", *_attention(inside, tokens, trained.tokenizer)),
    ]


def _memories(layers: Sequence[LayerInspection]) -> str:
    series = []
    tracks = _track_names(layers)
    for place, track in enumerate(tracks):
        found = [(layer.layer, memory) for layer in layers for memory in layer.memories if memory.track == track]
        shift = 0.15 * (place - (len(tracks) - 1) / 2)
        series.append(
            Series(
                track,
                [(layer + shift, memory.quantiles[2]) for layer, memory in found],
                intervals=[(memory.quantiles[0], memory.quantiles[-1]) for _, memory in found],
                joined=False,
                marked=True,
            )
        )
    return chart(
        "Tokens until a channel has forgotten to 1/e: median, and 5 % to 95 % of the channels",
        Axis("layer", whole=True),
        Axis("tokens", True),
        series,
    )


def _track_names(layers: Sequence[LayerInspection]) -> list[str]:
    return list(dict.fromkeys(memory.track for layer in layers for memory in layer.memories))


def _tracks(layers: Sequence[LayerInspection]) -> str:
    routed = [layer.routed for layer in layers if layer.routed]
    if not routed:
        return ""
    rows = []
    for name in routed[0]:
        means = np.mean([layer[name] for layer in routed], axis=0)
        rows.append([name, *(f"{value:.2f}" for value in means)])
    caption = "How much a class of token writes to each track, mean of the layers; 1 is no preference"
    return grid([figure(caption, table(["class of token", *_track_names(layers)], rows))])


def _routed_text(inside: Inside, layers: Sequence[LayerInspection], tokens: Sequence[int], tokenizer: Tokenizer) -> str:
    """The same token by token, a box a track."""
    if not inside.router:
        return ""
    weights_TK = np.mean([weights.numpy() for weights in inside.router.values()], axis=0)
    low, high = float(weights_TK.min()), float(weights_TK.max())
    boxes = []
    for place, track in enumerate(_track_names(layers)):
        weights = [float(weight) for weight in weights_TK[:, place]]
        strengths = [(weight - low) / max(high - low, 1e-9) for weight in weights]
        titles = [f"{weight:.2f}" for weight in weights]
        heading = f"{track}: {min(weights):.2f} to {max(weights):.2f}"
        boxes.append(tinted_story(heading, _shown(tokens, strengths, titles, tokenizer), f"var(--c{place % COLOURS})"))
    return paragraph("A validation story; the deeper the colour, the more the token writes to the track.") + grid(boxes)


def _shown(
    tokens: Sequence[int], strengths: Sequence[float], titles: Sequence[str], tokenizer: Tokenizer
) -> list[tuple[str, float, str]]:
    """Text, strength and title of the tokens after the end-of-text token."""
    decoder = tokenizer.stream()
    texts = [decoder.push(token) for token in tokens[1:MOST_TOKENS]]
    return list(zip(texts, strengths[1:], titles[1:], strict=False))


def _attention(inside: Inside, tokens: Sequence[int], tokenizer: Tokenizer) -> list[str]:
    if not inside.attention:
        return []
    points = [
        (layer + 1 + 0.05 * (head - (len(weights_HTT) - 1) / 2), value)
        for layer, weights_HTT in inside.attention.items()
        for head, value in enumerate(mean_look_back(weights_HTT))
    ]
    drawing = chart(
        "How far each head looks back, on average over a story",
        Axis("layer", whole=True),
        Axis("tokens"),
        [Series("a head", points, joined=False, marked=True)],
    )
    again = last_repeated(tokens, tokenizer)
    if again is None:
        return [grid([drawing])]
    layers = list(inside.attention)
    chosen = sorted({layers[i * (len(layers) - 1) // max(MOST_LAYERS - 1, 1)] for i in range(MOST_LAYERS)})
    boxes = [_looked_at(inside.attention[layer], layer, again, tokens, tokenizer) for layer in chosen]
    word = tokenizer.decode([tokens[again]]).strip()
    text = (
        f"Where the model has to say \u201c{word}\u201d next: of each layer, the head that looks most at where that word stood "
        "before. The deeper the colour, the more it looks there; many heads also rest on the story's beginning."
    )
    return [grid([drawing]), paragraph(text), grid(boxes)]


def mean_look_back(weights_HTT: Tensor) -> list[float]:
    """Of each head: the mean distance in tokens, from places that have at least FAR tokens before them (or from the last)."""
    length = weights_HTT.shape[-1]
    places = np.arange(length)
    back = np.maximum(places[:, None] - places, 0)
    rows = slice(min(FAR, length - 1), None)
    return [float(value) for value in (weights_HTT.numpy() * back)[:, rows].sum(-1).mean(-1)]


def last_repeated(tokens: Sequence[int], tokenizer: Tokenizer) -> int | None:
    """The last place, among those that are shown, of a capitalised word that stood there before and not as the last one."""
    for place in range(min(len(tokens), MOST_TOKENS) - 1, 1, -1):
        text = tokenizer.decode([tokens[place]])
        if text[:1] == " " and text[1:2].isupper() and tokens[place] in tokens[1 : place - 1]:
            return place
    return None


def _looked_at(weights_HTT: Tensor, layer: int, again: int, tokens: Sequence[int], tokenizer: Tokenizer) -> str:
    """From the token before `again`, by the head that looks most at where the same word stood before."""
    row_HT = weights_HTT[:, again - 1, :again].numpy()
    same = [place for place in range(1, again) if tokens[place] == tokens[again]]
    head = int(row_HT[:, same].sum(-1).argmax())
    row = row_HT[head]
    heading = f"layer {layer + 1}, head {head + 1}: {row[same].sum():.0%} there, {row[0]:.0%} on the beginning"
    strongest = max(float(row[1:].max()), 1e-9)
    titles = [f"{weight:.1%}" for weight in row]
    return tinted_story(
        heading,
        _shown(tokens[: again + 1], [*(row / strongest).tolist(), 0.0], [*titles, "next"], tokenizer),
        "var(--c0)",
    )
