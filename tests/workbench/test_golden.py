"""The text of a tiny model, recorded: from files over tokenizer, training and checkpoint to tokens, nothing may change by itself.

The last bits of a training differ between processors. So the model is one that knows its two stories by heart: the likeliest token
is at least twice as likely as the next one at every place, mostly a hundred times, and the test looks at that first. Where the
recorded tokens have to change, the change log says why.
"""

import pytest

from pocket_narrator import Narrator
from pocket_narrator.files.atomic import write_text
from pocket_narrator.workbench.from_recipe import train
from tests.small_runs import small_recipe

OFTEN = "One day a red fox saw a tree. It sat there till night."
SELDOM = "One day a red fox saw a ball. The fox ran home with it."
GREEDY = [259, 274, 264, 272, 259, 285, 14, 280, 286, 288, 284, 287, 14, 0]
SAMPLED = {0: OFTEN, 1: OFTEN, 29: SELDOM, 35: SELDOM}  # by seed
MARGIN = 0.7  # nats, between the two likeliest tokens


@pytest.fixture(scope="module")
def narrator(tmp_path_factory: pytest.TempPathFactory) -> Narrator:
    folder = tmp_path_factory.mktemp("golden")
    for part, times in (("train", 3), ("validation", 1)):
        stories = [OFTEN, OFTEN, SELDOM, OFTEN, OFTEN, OFTEN] * times
        write_text(folder / f"{part}.txt", "".join(f"{story}\n<|endoftext|>\n" for story in stories))
    model = {"layers": "attention mamba", "mamba": {"state_size": 4}}
    seldom = dict.fromkeys(("evaluate_every", "sample_every", "checkpoint_every"), 1000)
    recipe = small_recipe(
        folder, "golden", model, steps=80, batch_tokens=128, learning_rate=1e-2, warmup_steps=10, **seldom
    )
    return Narrator.load(train(recipe, folder / "run", folder / "data", report=lambda _: None).run)


def test_greedy_tokens_are_the_recorded_ones(narrator: Narrator) -> None:
    tokens = list(narrator.stream_all(["One day"], temperature=0, max_tokens=40, logprobs=2))
    chosen = [one.log_probs.likeliest for one in tokens if one.log_probs is not None]
    assert chosen
    assert min(first[1] - second[1] for first, second in chosen) > MARGIN
    assert [one.token for one in tokens if one.token is not None] == GREEDY
    assert "One day" + "".join(one.text for one in tokens) == OFTEN


@pytest.mark.parametrize("seed", SAMPLED)
def test_sampled_texts_are_the_recorded_ones(narrator: Narrator, seed: int) -> None:
    """Only tokens of a tenth of the likeliest one's probability or more: at one place there are two."""
    assert narrator.tell("One day", temperature=1.0, min_p=0.1, seed=seed, max_tokens=40) == [SAMPLED[seed]]
