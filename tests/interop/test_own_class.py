"""The class of our own in transformers, used as people use one: in batches, with beams, trained on, saved and opened again."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from pocket_narrator.interop.hugging_face.classes import to_hugging_face
from pocket_narrator.interop.hugging_face.folder import write_folder
from pocket_narrator.interop.parity import greedy
from pocket_narrator.models.stack import DecoderStack
from pocket_narrator.recipe.schema import GenerationConfig, ModelConfig
from pocket_narrator.run.loading import load_trained
from tests.models.stacks import make_stack

transformers = pytest.importorskip("transformers", reason="make setup")

SIZES: dict[str, Any] = {"width": 32, "heads": 4, "context": 24, "norm": "rms"}
FAMILIES = {
    "attention": ModelConfig(layers="attention*2", qk_norm=True, window=7, **SIZES),
    "learned positions": ModelConfig(layers="attention*2", positions="learned", **SIZES),
    "sinusoidal positions": ModelConfig(layers="attention*2", positions="sinusoidal", **SIZES),
    "linear": ModelConfig(layers="linear_attention gated_linear_attention", **SIZES),
    "delta": ModelConfig(layers="gated_delta*2", gated_delta={"beta_range": 2, "householder_steps": 2}, **SIZES),
    "mamba": ModelConfig(layers="mamba attention", **SIZES),
    "mamba2": ModelConfig(layers="mamba2 attention", mamba2={"head_width": 16, "groups": 2, "state_size": 32}, **SIZES),
    "mamba3": ModelConfig(layers="mamba3 attention", mamba3={"head_width": 16, "groups": 2, "state_size": 32}, **SIZES),
    "narrative": ModelConfig(layers="narrative*2", positions="none", **SIZES),
    "everything": ModelConfig(
        layers="mamba attention narrative attention",
        bigram_buckets=19,
        input_skips=True,
        value_embeddings=True,
        tied_head=False,
        **SIZES,
    ),
}
PROMPTS = ["The cat", "The little dog sat by the big house.", "A fox"]
LONGEST = 40  # past the context of 24


@pytest.fixture(scope="module")
def folder_of(run_of: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    made: dict[str, Path] = {}
    tokenizer = load_trained(run_of("narrative")).tokenizer

    def get(name: str) -> Path:
        if name not in made:
            made[name] = tmp_path_factory.mktemp("own")
            stack = make_stack(FAMILIES[name], tokenizer.vocabulary_size)
            expressed = to_hugging_face(FAMILIES[name], tokenizer.vocabulary_size, stack.state_dict())
            assert expressed.why_own_class is not None
            write_folder(made[name], expressed.foreign, tokenizer, SIZES["context"], GenerationConfig())
        return made[name]

    return get


def opened(folder: Path, **options: Any) -> Any:
    from pocket_narrator.interop.own_class import register

    register()
    return transformers.AutoModelForCausalLM.from_pretrained(str(folder), **options).eval()


def tokenizer_of(folder: Path) -> Any:
    return transformers.AutoTokenizer.from_pretrained(str(folder))


def told(model: Any, tokens: torch.Tensor, mask: torch.Tensor | None = None, **options: Any) -> torch.Tensor:
    mask = torch.ones_like(tokens) if mask is None else mask
    options = {"do_sample": False, "max_new_tokens": LONGEST, "eos_token_id": None, "pad_token_id": 0, **options}
    return model.generate(tokens, attention_mask=mask, **options)[:, tokens.shape[1] :]


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("name", FAMILIES)
def test_a_row_is_the_same_alone_and_in_a_padded_batch(name: str, side: str, folder_of: Callable[[str], Path]) -> None:
    model, tokenizer = opened(folder_of(name)), tokenizer_of(folder_of(name))
    batch = tokenizer(PROMPTS, return_tensors="pt", padding=True, padding_side=side)
    together = told(model, batch.input_ids, batch.attention_mask, max_new_tokens=12)
    logits = model(**batch).logits
    for row, prompt in enumerate(PROMPTS):
        alone = tokenizer(prompt, return_tensors="pt").input_ids
        assert alone.shape[1] < batch.input_ids.shape[1] or row == 1
        assert torch.equal(together[row], told(model, alone, max_new_tokens=12)[0])
        torch.testing.assert_close(logits[row][batch.attention_mask[row].bool()], model(alone).logits[0])


@pytest.mark.parametrize("name", FAMILIES)
def test_it_tells_past_the_context_as_the_stack_does(name: str, folder_of: Callable[[str], Path]) -> None:
    model = opened(folder_of(name))
    assert told(model, torch.tensor([[0, 5, 9]]))[0].tolist() == greedy(model.stack, [0, 5, 9], LONGEST)
    long = torch.randint(300, (1, 35), generator=torch.Generator().manual_seed(0))  # a prompt past the context
    state = model.stack.start(long[:, :24].tolist())
    for token in long[0, 24:]:
        state = model.stack.advance(state, token[None])
    expected = int(model.stack.next_logits(state).argmax())
    both = torch.cat([long, torch.zeros(1, 35, dtype=torch.long)])
    mask = torch.ones_like(both)
    mask[1, :-3] = 0
    assert told(model, both, mask)[0, 0] == told(model, long)[0, 0] == expected


def test_beams_and_several_stories_a_prompt(folder_of: Callable[[str], Path]) -> None:
    """Beams are what reading the whole text again for each of them finds."""
    model, tokenizer = opened(folder_of("everything")), tokenizer_of(folder_of("everything"))
    batch = tokenizer(PROMPTS, return_tensors="pt", padding=True)
    found = told(model, batch.input_ids, batch.attention_mask, num_beams=3, num_return_sequences=2, max_new_tokens=6)
    beams = [(0.0, tokenizer(PROMPTS[0]).input_ids)]
    start = len(beams[0][1])
    for _ in range(6):
        longer = []
        for score, tokens in beams:
            logs = model(torch.tensor([tokens])).logits[0, -1].log_softmax(-1)
            longer += [(score + logs[token].item(), [*tokens, int(token)]) for token in logs.topk(3).indices]
        beams = sorted(longer, reverse=True)[:3]
    assert found[:2].tolist() == [tokens[start:] for _, tokens in beams[:2]]
    sampled = told(model, batch.input_ids, batch.attention_mask, do_sample=True, num_return_sequences=2)
    assert sampled.shape == (6, LONGEST)


def test_a_story_goes_on_from_the_state_that_was_given_back(folder_of: Callable[[str], Path]) -> None:
    model = opened(folder_of("narrative"))
    tokens = torch.tensor([[0, 5, 9, 7, 11]])
    first = model(tokens[:, :3], use_cache=True)
    torch.testing.assert_close(first.logits, model(tokens[:, :3]).logits)
    more = model(tokens[:, 3:], past_key_values=first.past_key_values)
    torch.testing.assert_close(more.logits[:, -1], model(tokens).logits[:, -1], rtol=1e-5, atol=1e-5)
    assert more.past_key_values.get_seq_length() == 5


# ---- training


def padded_rows() -> dict[str, torch.Tensor]:
    """Rows of very different lengths, padded on either side; padding, and a part of one row, is not to be learned."""
    generator = torch.Generator().manual_seed(1)
    tokens = torch.randint(1, 300, (8, 20), generator=generator)
    mask = torch.ones_like(tokens)
    for row, length in enumerate([20, 5, 13, 20, 7, 3, 18, 11]):
        mask[row, length:] = 0
        if row % 2:
            mask[row] = mask[row].flip(0)
    tokens = tokens * mask
    labels = tokens.masked_fill(mask == 0, -100)
    labels[0, :10] = -100
    return {"input_ids": tokens, "attention_mask": mask, "labels": labels}


def gradients(model: Any) -> dict[str, torch.Tensor]:
    found = {name: weight.grad.clone() for name, weight in model.named_parameters() if weight.grad is not None}
    model.zero_grad()
    return found


@pytest.mark.parametrize("name", ["everything", "learned positions"])
def test_the_loss_is_the_mean_over_what_is_to_be_learned(name: str, folder_of: Callable[[str], Path]) -> None:
    model, rows = opened(folder_of(name)), padded_rows()
    total, count = 0.0, 0
    for tokens, mask, labels in zip(*rows.values(), strict=True):
        story, learned = tokens[mask.bool()], labels[mask.bool()][1:] != -100
        logs = model.stack.log_probs(story[None])[0]
        total, count = total - float(logs[learned].sum()), count + int(learned.sum())
    assert model(**rows).loss.item() == pytest.approx(total / count, rel=1e-5)
    as_a_tuple = model(**rows, return_dict=False)
    assert as_a_tuple[0].item() == pytest.approx(total / count, rel=1e-5)


def test_accumulated_gradients_are_those_of_one_batch(folder_of: Callable[[str], Path]) -> None:
    """With the very call that `Trainer` makes for each micro-batch."""
    model, rows = opened(folder_of("everything")), padded_rows()
    items = (rows["labels"][:, 1:] != -100).sum()
    whole = model(**rows, num_items_in_batch=items).loss
    whole.backward()
    expected, parts = gradients(model), 0.0
    for first in range(0, 8, 2):
        part = {key: value[first : first + 2] for key, value in rows.items()}
        loss = model(**part, num_items_in_batch=items).loss
        loss.backward()
        parts += float(loss.detach())
    assert parts == pytest.approx(float(whole.detach()), rel=1e-5)
    found = gradients(model)
    assert found.keys() == expected.keys()
    assert len(found) > 20
    for name, gradient in found.items():
        torch.testing.assert_close(gradient, expected[name], rtol=1e-4, atol=1e-6)


def test_trainer_accumulates_and_its_checkpoints_open(folder_of: Callable[[str], Path], tmp_path: Path) -> None:
    pytest.importorskip("accelerate", reason="Trainer needs accelerate")
    rows = padded_rows()
    dataset = [{key: value[row] for key, value in rows.items()} for row in range(8)]
    seen = []
    for batch, accumulation in ((8, 1), (2, 4)):
        model = opened(folder_of("narrative")).train()
        out = tmp_path / str(batch)
        options = {"per_device_train_batch_size": batch, "gradient_accumulation_steps": accumulation, "save_steps": 1}
        quiet = {"logging_steps": 1, "report_to": [], "disable_tqdm": True, "use_cpu": True, "max_grad_norm": 1e9}
        arguments = transformers.TrainingArguments(str(out), max_steps=1, **options, **quiet)
        trainer = transformers.Trainer(model, arguments, train_dataset=dataset)
        trainer.train()
        seen.append((trainer.state.log_history[0]["loss"], trainer.state.log_history[0]["grad_norm"]))
        again = opened(out / "checkpoint-1")
        assert torch.equal(again.stack.embedding.weight, model.stack.embedding.weight)
    assert seen[0] == pytest.approx(seen[1], rel=1e-4)


# ---- saving


def test_saved_it_opens_again_and_is_saved_again(folder_of: Callable[[str], Path], tmp_path: Path) -> None:
    model, tokens = opened(folder_of("sinusoidal positions")), torch.tensor([[0, 5, 9, 7]])
    expected = model(tokens).logits
    for name in ("once", "twice"):
        model.save_pretrained(tmp_path / name)
        files = {path.name for path in (tmp_path / name).iterdir()}
        assert files == {"config.json", "generation_config.json", "model.safetensors", "modeling_pocket_narrator.py"}
        config = json.loads((tmp_path / name / "config.json").read_text(encoding="utf-8"))
        assert config["auto_map"] == {
            "AutoConfig": "modeling_pocket_narrator.PocketNarratorConfig",
            "AutoModelForCausalLM": "modeling_pocket_narrator.PocketNarratorForCausalLM",
        }
        model = opened(tmp_path / name)
        assert torch.equal(model(tokens).logits, expected)


def test_an_added_token(folder_of: Callable[[str], Path], tmp_path: Path) -> None:
    model = opened(folder_of("mamba"))
    model.resize_token_embeddings(303, mean_resizing=False)
    model.save_pretrained(tmp_path)
    assert opened(tmp_path)(torch.tensor([[0, 302]])).logits.shape == (1, 2, 303)
    with pytest.raises(ValueError, match="value embeddings"):
        opened(folder_of("everything")).resize_token_embeddings(303, mean_resizing=False)


@pytest.mark.parametrize("name", ["everything", "learned positions"])
def test_in_half_precision(name: str, folder_of: Callable[[str], Path]) -> None:
    tokens = torch.tensor([[0, 5, 9, 7]])
    expected = opened(folder_of(name))(tokens).logits
    half = opened(folder_of(name), dtype=torch.bfloat16)
    assert half.dtype == torch.bfloat16
    for model in (half, opened(folder_of(name)).half()):
        assert (model(tokens).logits - expected).abs().max() < 0.1 * expected.abs().max()
        assert told(model, tokens).shape == (1, LONGEST)


def test_from_its_config_alone_it_begins_anew(folder_of: Callable[[str], Path]) -> None:
    model = transformers.AutoModelForCausalLM.from_config(opened(folder_of("narrative")).config)
    torch.manual_seed(0)
    fresh = DecoderStack(FAMILIES["narrative"], 300)
    assert isinstance(model.stack, DecoderStack)
    drawn, expected = (float(stack.embedding.weight.detach().std()) for stack in (model.stack, fresh))
    assert drawn == pytest.approx(expected, rel=0.1)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"attention_mask": torch.ones(1, 1, 4, 4)}, r"attention_mask is \[1, 1, 4, 4\]"),
        ({"position_ids": torch.tensor([[0, 1, 0, 1]])}, "takes no position_ids"),
        ({"output_attentions": True}, "takes no output_attentions"),
        ({"inputs_embeds": torch.zeros(1, 4, 32)}, "takes no inputs_embeds"),
    ],
)
def test_what_it_cannot_take_is_refused(given: dict, message: str, folder_of: Callable[[str], Path]) -> None:
    with pytest.raises(ValueError, match=message):
        opened(folder_of("mamba"))(torch.tensor([[0, 5, 9, 7]]), **given)


def test_rows_that_cannot_be_read_are_refused(folder_of: Callable[[str], Path]) -> None:
    model = opened(folder_of("learned positions"))
    with pytest.raises(ValueError, match="25 tokens, and this model 24 positions"):
        model(torch.zeros(1, 25, dtype=torch.long))
    with pytest.raises(ValueError, match="nothing but padding"):
        told(model, torch.zeros(2, 4, dtype=torch.long), torch.tensor([[1, 1, 1, 1], [0, 0, 0, 0]]))
    mask = torch.ones(1, 30, dtype=torch.long)
    mask[0, :10] = 0
    assert model(torch.zeros(1, 30, dtype=torch.long), attention_mask=mask).logits.shape == (1, 30, 300)
