"""Prompts that end in blanks, within a word, or are empty: natural stories, and the prompt unchanged at their beginning."""

import base64
import io

import numpy as np
import pytest
import sentencepiece
import torch
from tokenizers import Tokenizer as HuggingFaceTokenizer
from tokenizers import decoders, models, pre_tokenizers

from pocket_narrator import Narrator
from pocket_narrator.generation.beam import beam_search
from pocket_narrator.generation.engine import Engine
from pocket_narrator.generation.healing import Seam, find_seam
from pocket_narrator.generation.sampling import SamplingOptions
from pocket_narrator.generation.text_engine import TextEngine
from pocket_narrator.models.ngram.model import NGramModel
from pocket_narrator.models.stack import DecoderStack
from pocket_narrator.recipe.schema import GenerationConfig, ModelConfig
from pocket_narrator.storyworld import make_story
from pocket_narrator.tokenizers import Tokenizer, open_tokenizer, train_bpe, train_character
from pocket_narrator.tokenizers.byte_level import BYTE_CHARACTERS, spell_bytes

STORIES = [make_story(index, 5).text for index in range(300)]
ENDS = [
    "in a ",
    "in a  ",
    "in a\t",
    "end.\n",
    "end.\n\n",
    "Hello,\u00a0",
    "upon a ti",
    "didn'",
    '"',
    "x" + " " * 30,
    " ",
    "\n\n",
]
ENDS += ["", "caf\u00e9 ", "\u4e16", "<s>", "</s> ", "in a"]
OPTIONS = [
    {"temperature": 0.0},
    {"temperature": 1.0, "no_repeat_ngram": 1, "repetition_penalty": 1.3, "logit_bias": {5: -100.0}},
    {"temperature": 1.5, "typical": 0.5, "no_repeat_ngram": 2},
    {"temperature": 1.0, "mirostat": 2.0},
    {"temperature": 2.0, "top_k": 1, "min_p": 0.5, "logprobs": 2},
]


def made_by_sentencepiece(kind: str, folder) -> Tokenizer:
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(  # pyright: ignore[reportAttributeAccessIssue]
        sentence_iterator=iter([line for story in STORIES for line in story.split("\n")]), model_writer=model,
        minloglevel=2, model_type=kind, byte_fallback=True, normalization_rule_name="identity", vocab_size=600,
        remove_extra_whitespaces=False,
    )  # fmt: skip
    (folder / f"{kind}.model").write_bytes(model.getvalue())
    return open_tokenizer(folder / f"{kind}.model").tokenizer


@pytest.fixture(scope="module")
def tokenizers(tmp_path_factory) -> dict[str, Tokenizer]:
    folder = tmp_path_factory.mktemp("tokenizers")
    ranks = {bytes([byte]): byte for byte in range(256)} | {b" the": 256, b"  ": 257, b"in": 258, b" t": 259}
    lines = [f"{base64.b64encode(token).decode()} {rank}\n" for token, rank in ranks.items()]
    (folder / "ranks.tiktoken").write_text("".join(lines))
    return {
        "bpe": train_bpe(STORIES, 700),
        "character": train_character(STORIES, 300),
        "tiktoken": open_tokenizer(folder / "ranks.tiktoken").tokenizer,
        "unigram": made_by_sentencepiece("unigram", folder),
        "sentencepiece": made_by_sentencepiece("bpe", folder),
    }


@pytest.fixture(scope="module")
def narrator() -> Narrator:
    """An N-gram model of real stories: one that knows how they go on."""
    tokenizer = train_bpe(STORIES, 1500)
    ids = [token for story in STORIES for token in (tokenizer.end_of_text, *tokenizer.encode(story))]
    tokens = np.array([*ids, tokenizer.end_of_text], np.uint16)
    model = NGramModel.train(tokens, tokenizer.vocabulary_size, 5, tokenizer.end_of_text)
    return Narrator(model, tokenizer, GenerationConfig(temperature=0.0, max_tokens=12))


@pytest.mark.parametrize("kind", ["bpe", "character", "tiktoken", "sentencepiece", "unigram"])
@pytest.mark.parametrize("layers", ["attention*1", "narrative*1"])  # in C, and by torch
def test_the_tokens_that_were_read_and_told_are_the_prompt_and_what_was_shown(kind, layers, tokenizers):
    tokenizer = tokenizers[kind]
    torch.manual_seed(3)
    model = DecoderStack(ModelConfig(layers=layers, width=32, heads=2, context=64), tokenizer.vocabulary_size).eval()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    teller = TextEngine(Engine(model, tokenizer.end_of_text, 8), tokenizer)
    asked = {}
    for number, (prompt, given) in enumerate((prompt, given) for prompt in ENDS for given in OPTIONS):
        options = SamplingOptions(max_tokens=6, seed=number).changed(**given)
        asked[teller.submit(tokenizer.encode(prompt), options)] = prompt, options
    shown, told = dict.fromkeys(asked, ""), {story: [] for story in asked}
    while not teller.engine.is_idle:
        for token in teller.step():
            shown[token.request] += token.text
            told[token.request].append(token)
    for story, (prompt, options) in asked.items():
        whole = tokenizer.decode(story.sampler.history)
        assert whole == (prompt if prompt.strip() else "") + shown[story], prompt
        assert len(told[story]) == options.max_tokens or told[story][-1].ending == "end"
        assert all((one.log_probs is not None) == (options.logprobs is not None) for one in told[story])


@pytest.mark.parametrize(
    "prompt",
    ["Once upon a time, there was a", "He lived in a", 'He said, "Look!" said', "One day, the", "They were happy and"],
)
@pytest.mark.parametrize("blank", [" ", "  ", "\n"])
def test_a_blank_at_the_end_tells_what_is_told_without_it(narrator, prompt, blank):
    (plain,), (healed,) = narrator.tell(prompt), narrator.tell(prompt + blank)
    assert healed.startswith(prompt + blank)
    if blank == " ":
        assert healed == plain
        assert narrator.search(prompt + " ", 2, 8)[0][0] == narrator.search(prompt, 2, 8)[0][0]
        assert "".join(narrator.stream(prompt + " ")) == plain
    assert not healed.removeprefix(prompt + blank).startswith(" ")


@pytest.mark.parametrize(
    ("begun", "whole"), [("Once upon a ti", "Once upon a time"), ("There once was a litt", "There once was a little")]
)
def test_a_word_that_is_begun_is_finished(narrator, begun, whole):
    assert narrator.tell(begun)[0].startswith(whole)
    assert narrator.search(begun, 2, 8)[0][0].startswith(whole)


@pytest.mark.parametrize("prompt", ["Once upon a time", "He lived in a", "Zorblax the frog", "They were happy."])
def test_a_prompt_that_ends_with_a_word_is_read_as_it_is(narrator, prompt):
    """And draws the same numbers: stories of seeds that are known stay what they are."""
    ids = narrator.tokenizer.encode(prompt)
    options = narrator.options(temperature=1.0, seed=4)
    teller = TextEngine(Engine(narrator.model, narrator.tokenizer.end_of_text, 1), narrator.tokenizer)
    teller.submit(ids, options, as_given=True)
    text = ""
    while not teller.engine.is_idle:
        text += "".join(token.text for token in teller.step())
    assert narrator.tell(prompt, temperature=1.0, seed=4) == [prompt + text]


def test_an_empty_prompt_and_blanks_alone_begin_any_story(narrator):
    starts = {story.split()[0] for story in STORIES}
    told = narrator.tell("", stories=5, temperature=1.0)
    assert {story.split()[0] for story in told} <= starts
    assert narrator.tell("  \n", stories=5, temperature=1.0) == [f"  \n{story}" for story in told]
    assert narrator.search("", 2, 5)[0][0].split()[0] in starts
    assert narrator.search("\n ", 2, 5)[0][0] == "\n " + narrator.search("", 2, 5)[0][0]
    assert narrator.tell([], temperature=1.0) == []


def test_a_seed_tells_the_same_story_of_a_prompt_whatever_stands_beside_it(narrator):
    together = narrator.tell(["One day", "In a ", "Max"], stories=2, temperature=1.0, seed=9)
    assert together == [
        one for p in ("One day", "In a ", "Max") for one in narrator.tell(p, 2, temperature=1.0, seed=9)
    ]


def test_tokens_that_only_spell_the_prompt_are_not_told(narrator):
    """They count neither as told nor against `max_tokens`; the first that is told has the prompt's blank in front."""
    told = list(narrator.stream_all(["He lived in a "], max_tokens=3, logprobs=1))
    assert len(told) == 3 == sum(one.log_probs is not None for one in told)
    assert narrator.tokenizer.decode([one.token for one in told]) == " " + "".join(one.text for one in told)
    assert told[0].known == 1


def test_where_nothing_but_the_blank_can_follow_the_prompt_stays(tokenizers):
    character = tokenizers["character"]
    assert find_seam(character.prefixes, character.encode("in a ")) is None
    bpe = tokenizers["tiktoken"]
    ids = bpe.encode("in a ")
    assert find_seam(bpe.prefixes, ids) == Seam(bpe.prefixes, len(ids) - 1, b" ", is_certain=True)


def test_a_token_of_a_full_stop_and_a_line_end():
    names = ["<|endoftext|>", *BYTE_CHARACTERS, spell_bytes(b".\n")]
    inner = HuggingFaceTokenizer(models.BPE({name: i for i, name in enumerate(names)}, [(".", spell_bytes(b"\n"))]))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    inner.decoder = decoders.ByteLevel()
    inner.add_special_tokens(["<|endoftext|>"])
    tokenizer = Tokenizer(inner.to_str())
    for prompt in ("a.\n", "a.\n\n"):
        ids = tokenizer.encode(prompt)
        seam = find_seam(tokenizer.prefixes, ids)
        assert seam is not None
        assert tokenizer.decode(ids[: seam.at]).encode() + seam.owed == prompt.encode()
        assert tokenizer.decode(ids[: seam.at]) == "a"


def test_beams_never_leave_the_prompt(tokenizers):
    tokenizer = tokenizers["unigram"]
    torch.manual_seed(0)
    model = DecoderStack(
        ModelConfig(layers="attention*1", width=32, heads=2, context=64), tokenizer.vocabulary_size
    ).eval()
    for prompt in ENDS:
        ids = tokenizer.encode(prompt)
        seam = find_seam(tokenizer.prefixes, ids)
        for found in beam_search(model, ids, tokenizer.end_of_text, 3, 4, seam=seam):
            if found.known:
                assert seam is not None
                read = tokenizer.decode_bytes(ids[: seam.at]) + tokenizer.decode_bytes(found.tokens)[: found.known]
                assert prompt.encode().startswith(read) or read == prompt.encode()
