"""How a fault is planted into the mixer of `narrator new-mixer`: by changes of its text."""

from pathlib import Path

from pocket_narrator.testing import template

SOUND = Path(template.__file__).with_name("my_mixer.py").read_text(encoding="utf-8")
Changes = tuple[tuple[str, str], ...]

MADE = "        u, a, gate = self.up(x_BTC).chunk(3, dim=-1)\n"
FOUND = "        memory = scan(keep, add)\n"
LAYERS = "        self.out = nn.Linear(model.width, model.width, bias=False)"
STARTS = "            keep = keep * ~starts_BT[..., None]\n"
LAST = "        return self.out(memory * F.silu(gate)), MyMixerState(memory[:, -1])\n"
REGISTERED = 'register_mixer(MixerKind("my_mixer", MyMixer))'
WINDOW = "        y, state = self._mix(x_BTC, state, starts_BT)\n"


def after(line: str, *more: str) -> tuple[str, str]:
    """Lines that follow one."""
    return line, line + "".join(f"        {each}\n" for each in more)


def before(line: str, *more: str) -> tuple[str, str]:
    """Lines that precede one."""
    return line, "".join(f"        {each}\n" for each in more) + line


# A state that also counts the tokens of each row.
COUNTED: Changes = (
    ("    memory_BC: Tensor\n", "    memory_BC: Tensor\n    seen_B: Tensor\n"),
    ("type(self)(self.memory_BC[rows])", "type(self)(self.memory_BC[rows], self.seen_B[rows])"),
    (
        "torch.cat([self.memory_BC, other.memory_BC]))",
        "torch.cat([self.memory_BC, other.memory_BC]), torch.cat([self.seen_B, other.seen_B]))",
    ),
    (
        "MyMixerState(self.out.weight.new_zeros(rows, self.out.in_features))",
        "MyMixerState(self.out.weight.new_zeros(rows, self.out.in_features), torch.zeros(rows, dtype=torch.long))",
    ),
    ("MyMixerState(state.memory_BC.detach())", "MyMixerState(state.memory_BC.detach(), state.seen_B)"),
    (
        "MyMixerState(memory[:, -1])",
        "MyMixerState(memory[:, -1], state.seen_B + (x_BTC.shape[1] if lengths_B is None else lengths_B))",
    ),
)

# Adds a part of the next token
LEAK = "u = u + 0.1 * torch.cat([u[:, 1:], u[:, -1:]], dim=1)"


def with_changes(changes: Changes, mixer: str) -> str:
    """The text of the mixer after some changes, registered as `mixer`."""
    text = SOUND
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text.replace("my_mixer", mixer)
