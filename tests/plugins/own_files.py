"""Files that others might write, for the tests of the door."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pocket_narrator.files.atomic import write_text
from pocket_narrator.plugins import files, kept
from pocket_narrator.plugins.table import _tables

MIXER = '''"""A leaky sum: every channel adds its inputs up and forgets a share of the sum at each token."""

from dataclasses import dataclass

import torch
from pydantic import Field
from torch import Tensor, nn

import pocket_narrator as pn


class Options(pn.Section):
    """Its options."""

    channels: int = Field(default=16, ge=1)
    keeps: float = Field(default=0.5, gt=0, lt=1)
    sizes: tuple[int, ...] = (1, 2)
    note: str = ""


@dataclass
class State:
    """The sum of each channel."""

    sums_BE: Tensor

    def select(self, rows: Tensor) -> "State":
        return State(self.sums_BE[rows])

    def join(self, other: "State") -> "State":
        return State(torch.cat([self.sums_BE, other.sums_BE]))


class Leaky(pn.Mixer):
    """Token by token, in every form."""

    def __init__(self, model, index):
        super().__init__()
        options = model.options_of("NAME")
        self.keeps = options.keeps
        self.up = nn.Linear(model.width, options.channels, bias=False)
        self.out = nn.Linear(options.channels, model.width, bias=False)

    def start(self, rows):
        return State(self.out.weight.new_zeros(rows, self.out.in_features))

    def forward(self, x_BTC, starts_BT=None, values_BTC=None):
        return self._read(x_BTC, self.start(len(x_BTC)), starts_BT, None)[0]

    def forward_from(self, x_BTC, state, starts_BT=None, values_BTC=None):
        y, state = self._read(x_BTC, state, starts_BT, None)
        return y, State(state.sums_BE.detach())

    def prefill(self, x_BTC, state, lengths_B, values_BTC=None):
        return self._read(x_BTC, state, None, lengths_B)

    def _read(self, x_BTC, state, starts_BT, lengths_B):
        sums, outputs = state.sums_BE, []
        for t, new_BE in enumerate(self.up(x_BTC).unbind(1)):
            if starts_BT is not None:
                sums = sums.masked_fill(starts_BT[:, t, None], 0.0)
            after = self.keeps * sums + new_BE
            sums = after if lengths_B is None else torch.where((t < lengths_B)[:, None], after, sums)
            outputs.append(after)
        return self.out(torch.stack(outputs, dim=1)), State(sums)


pn.register_mixer(pn.MixerKind("NAME", Leaky, options=Options))
'''


def write_mixer(folder: Path, name: str = "leaky", file: str = "leaky.py", text: str = MIXER) -> Path:
    """A file with a whole mixer of this name."""
    path = folder / file
    write_text(path, text.replace("NAME", name))
    return path


def write_file(path: Path, text: str) -> Path:
    """Any other file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, text)
    return path


def make_package(site: Path, name: str, files: dict[str, str], entry_points: str, version: str = "1.0") -> None:
    """An installed package, as pip leaves one: its modules, and the folder with its metadata."""
    for file, text in files.items():
        write_file(site / name / file, text)
    about = site / f"{name}-{version}.dist-info"
    write_file(about / "METADATA", f"Metadata-Version: 2.1\nName: {name.replace('_', '-')}\nVersion: {version}\n")
    write_file(about / "entry_points.txt", entry_points)
    write_file(about / "top_level.txt", f"{name}\n")
    write_file(about / "RECORD", "".join(f"{name}/{file},,\n" for file in files))


@contextmanager
def nothing_added() -> Iterator[None]:
    """A process into which nothing was loaded, and that trusts no copy; afterwards it is as it was."""
    before = {group: dict(table._added) for group, table in _tables.items()}
    loaded, trusted = dict(files._loaded), set(kept._trusted)
    for table in _tables.values():
        table._added.clear()
    files._loaded.clear()
    kept._trusted.clear()
    try:
        yield
    finally:
        for group, table in _tables.items():
            table._added = before.get(group, {})
        files._loaded.clear()
        files._loaded.update(loaded)
        kept._trusted.clear()
        kept._trusted.update(trusted)
