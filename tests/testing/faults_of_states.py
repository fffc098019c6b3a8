"""Faults in states, gradients, weights and arithmetic; with the property that each breaks."""

from tests.testing.planting import (
    COUNTED,
    FOUND,
    LAST,
    LAYERS,
    MADE,
    REGISTERED,
    STARTS,
    WINDOW,
    Changes,
    after,
    before,
)

OF_STATES_AND_WEIGHTS: dict[str, tuple[str, Changes]] = {
    "select gives the state itself": (
        "select and join",
        (
            (
                "return type(self)(self.memory_BC[rows])",
                "return self if len(rows) == len(self.memory_BC) else type(self)(self.memory_BC[rows])",
            ),
        ),
    ),
    "select gives a slice": ("select and join", (("self.memory_BC[rows]", "self.memory_BC[: len(rows)]"),)),
    "select sorts": ("select and join", (("self.memory_BC[rows]", "self.memory_BC[rows.sort().values]"),)),
    "join forgets a row": ("select and join", (("other.memory_BC])", "other.memory_BC[1:]])"),)),
    "join takes its own rows twice": (
        "select and join",
        (("other.memory_BC])", "self.memory_BC[: len(other.memory_BC)]])"),),
    ),
    "join the other way round": (
        "select and join",
        (("[self.memory_BC, other.memory_BC]", "[other.memory_BC, self.memory_BC]"),),
    ),
    "a state with a number": (
        "select and join",
        (("    memory_BC: Tensor\n", "    memory_BC: Tensor\n    seen: int = 0\n"),),
    ),
    "start gives one buffer to all": (
        "select and join",
        (
            before(LAYERS, "self.register_buffer('empty', torch.zeros(64, model.width))"),
            ("MyMixerState(self.out.weight.new_zeros(rows, self.out.in_features))", "MyMixerState(self.empty[:rows])"),
            (
                "        return self._mix(x_BTC, state, lengths_B=lengths_B)",
                "        y, after = self._mix(x_BTC, state, lengths_B=lengths_B)\n        state.memory_BC.copy_(after.memory_BC)\n        return y, state",
            ),
        ),
    ),
    "forward_from drops the state": (
        "windows",
        ((WINDOW, WINDOW.replace("x_BTC, state, starts", "x_BTC, self.start(len(x_BTC)), starts")),),
    ),
    "forward_from keeps gradients": ("windows", (("state.memory_BC.detach()", "state.memory_BC"),)),
    "forward_from writes into its state": (
        "windows",
        ((WINDOW, "        given = state\n" + WINDOW + "        given.memory_BC.copy_(state.memory_BC.detach())\n"),),
    ),
    "forward_from ignores story starts": ("windows", ((WINDOW, WINDOW.replace(", starts_BT)", ")")),)),
    "forward_from leaves the state before the last token": (
        "windows",
        (
            (
                WINDOW,
                WINDOW
                + "        if x_BTC.shape[1] > 1:\n            state = self._mix(x_BTC[:, :-1], state, None if starts_BT is None else starts_BT[:, :-1])[1]\n",
            ),
        ),
    ),
    "a state that grows": (
        "size of the state",
        (
            ("    memory_BC: Tensor\n", "    memory_BC: Tensor\n    past_BTC: Tensor\n"),
            ("type(self)(self.memory_BC[rows])", "type(self)(self.memory_BC[rows], self.past_BTC[rows])"),
            ("other.memory_BC]))", "other.memory_BC]), torch.cat([self.past_BTC, other.past_BTC]))"),
            (
                "self.out.in_features))\n\n    def forward(",
                "self.out.in_features), self.out.weight.new_zeros(rows, 0, self.out.in_features))\n\n    def forward(",
            ),
            (
                "MyMixerState(state.memory_BC.detach())",
                "MyMixerState(state.memory_BC.detach(), state.past_BTC.detach())",
            ),
            ("MyMixerState(memory[:, -1])", "MyMixerState(memory[:, -1], torch.cat([state.past_BTC, u], dim=1))"),
        ),
    ),
    "a table that ends with the context": (
        "size of the state",
        (
            *COUNTED,
            before(LAYERS, "self.table = nn.Parameter(0.1 * torch.randn(model.context, model.width))"),
            after(
                MADE,
                "u = u + self.table[state.seen_B[:, None] + torch.arange(u.shape[1]).clamp(max=len(self.table) - 1)]",
            ),
        ),
    ),
    "a state in another dtype": (
        "size of the state",
        (("self.out.weight.new_zeros(rows, self.out.in_features)", "torch.zeros(rows, self.out.in_features)"),),
    ),
    "a parameter that is not used": ("parameters", (before(LAYERS, "self.unused = nn.Parameter(torch.ones(3))"),)),
    "a parameter that asks for no gradient": (
        "parameters",
        (
            before(LAYERS, "self.scale = nn.Parameter(torch.ones(model.width), requires_grad=False)"),
            after(MADE, "u = u * self.scale"),
        ),
    ),
    "a parameter without effect": (
        "parameters",
        (before(LAYERS, "self.shift = nn.Parameter(torch.ones(1))"), after(MADE, "u = u + self.shift - self.shift")),
    ),
    "a gradient that is detached": ("gradients", ((MADE, MADE + "        a = a.detach()\n"),)),
    "a gradient that is cut at long distance": (
        "gradients",
        (after(FOUND, "memory = torch.cat([memory[:, :50], memory[:, 50:].detach() + 0 * memory[:, 50:]], dim=1)"),),
    ),
    "a gradient of one's own that is wrong": ("gradients", (after(MADE, "u = u + (0.05 * u - (0.05 * u).detach())"),)),
    "a buffer that is not saved": (
        "save and load",
        (
            before(LAYERS, "self.register_buffer('scale', torch.rand(model.width), persistent=False)"),
            after(MADE, "u = u * self.scale"),
        ),
    ),
    "statistics that are not saved": (
        "save and load",
        (
            before(LAYERS, "self.mean = 0.0"),
            after(
                MADE,
                "if self.training:",
                "    self.mean = 0.9 * self.mean + 0.1 * float(u.detach().mean())",
                "else:",
                "    u = u - self.mean",
            ),
        ),
    ),
    "dropout in evaluation": ("repeatable", (after(MADE, "u = F.dropout(u, 0.1)"),)),
    "random numbers": ("repeatable", (after(MADE, "u = u + 1e-3 * torch.randn_like(u)"),)),
    "another output every seventh time": (
        "repeatable",
        (
            before(LAYERS, "self.calls = 0"),
            after(MADE, "self.calls += 1", "u = u * (0.9 if self.calls % 7 == 0 else 1.0)"),
        ),
    ),
    "memory in the module": (
        "repeatable",
        (
            before(LAYERS, "self.last = None"),
            after(
                MADE,
                "if self.last is not None and u.shape[1] == 1 and len(self.last) == len(u):",
                "    u = u + 0.1 * self.last",
            ),
            (LAST, "        self.last = u[:, -1:].detach()\n" + LAST),
        ),
    ),
    "weights that no seed decides": (
        "repeatable",
        (
            (
                "        tokens = torch.logspace(0, 2,",
                "        import time\n        tokens = torch.logspace(0, 2 + 1e-9 * (time.perf_counter_ns() % 1000003),",
            ),
        ),
    ),
    "float64 under autocast": (
        "bf16 autocast",
        ((LAST, LAST.replace("self.out(memory * F.silu(gate))", "self.out(memory * F.silu(gate)).double()")),),
    ),
    "float16 under autocast": (
        "bf16 autocast",
        (
            after(
                MADE,
                "if u.dtype == torch.bfloat16:",
                "    gate = gate.half()",
                "    u = u.half()",
                "    a = a.half()",
                "    return self.out(u * 0 + a * 0 + gate).half(), state",
            ),
        ),
    ),
    "a sum in bf16": (
        "bf16 autocast",
        (
            after(
                MADE,
                "if u.dtype == torch.bfloat16:",
                "    u = u + (torch.ones_like(u).cumsum(1).bfloat16() + u - torch.ones_like(u).cumsum(1).bfloat16() - u)",
            ),
        ),
    ),
    "squeezed at one token": (
        "interface",
        ((LAST, LAST.replace("self.out(memory * F.silu(gate))", "self.out((memory * F.silu(gate)).squeeze(1))")),),
    ),
    "squeezed at one row": (
        "interface",
        ((LAST, LAST.replace("self.out(memory * F.silu(gate))", "self.out((memory * F.silu(gate)).squeeze(0))")),),
    ),
    "writes into its inputs": (
        "interface",
        ((MADE, "        x_BTC = x_BTC.mul_(2) if not x_BTC.requires_grad else 2 * x_BTC\n" + MADE),),
    ),
    "writes into the story starts": ("interface", ((STARTS, "            starts_BT[:, 0] = True\n" + STARTS),)),
    "an output beside the last product": (
        "interface",
        ((LAST, LAST.replace("self.out(memory * F.silu(gate))", "x_BTC + self.out(memory * F.silu(gate))")),),
    ),
    "a fixed width": ("interface", (("3 * model.width)", "3 * 32)"),)),
    "no number on long texts": (
        "long input",
        (
            (
                FOUND,
                "        total = keep.clamp(min=1e-3).cumprod(dim=1)\n        memory = total * (add / total).cumsum(dim=1)\n",
            ),
        ),
    ),
    "no number at zero": (
        "long input",
        ((MADE, "        x_BTC = x_BTC / x_BTC.norm(dim=-1, keepdim=True) * x_BTC.shape[-1] ** 0.5\n" + MADE),),
    ),
    "no number at large inputs": ("long input", (after(MADE, "u = u * ((3 * gate).exp() / (3 * gate).exp())"),)),
    "a cost that is not true": (
        "cost",
        (
            (
                REGISTERED,
                'from pocket_narrator import MixerCost\nregister_mixer(MixerKind("my_mixer", MyMixer, cost=lambda model, index: MixerCost(4 * model.width**2, 0, 0, 0, model.width)))',
            ),
        ),
    ),
    "looks ahead at story starts": (
        "causality",
        (
            after(
                MADE, "if starts_BT is not None:", "    u = u / (1 + starts_BT.sum(dim=1)).to(u.dtype)[:, None, None]"
            ),
        ),
    ),
    "counts the stories of the batch": (
        "rows",
        (after(MADE, "if starts_BT is not None:", "    u = u / (1 + starts_BT.sum().to(u.dtype))"),),
    ),
    "another text after 1000 tokens": (
        "long input",
        (before(FOUND, "keep = torch.cat([keep[:, :1000], 0.5 * keep[:, 1000:]], dim=1)"),),
    ),
    "a gradient that is detached in training": (
        "gradients",
        (after(MADE, "if self.training:", "    a = a.detach()"),),
    ),
    "a module that grows": (
        "repeatable",
        (before(LAYERS, "self.seen = []"), after(MADE, "self.seen.append(u.detach())")),
    ),
    "a seed that is set": ("repeatable", (after(MADE, "torch.manual_seed(0)"),)),
    "value embeddings without effect": (
        "interface",
        ((REGISTERED, 'register_mixer(MixerKind("my_mixer", MyMixer, takes_values=True))'),),
    ),
    "join gives what was joined": (
        "select and join",
        (
            (
                "        return type(self)(torch.cat([self.memory_BC, other.memory_BC]))",
                "        both = torch.cat([self.memory_BC, other.memory_BC])\n        other.memory_BC = both[len(self.memory_BC) :]\n        return type(self)(both)",
            ),
        ),
    ),
    "weights that begin far too large": (
        "in a stack",
        (
            (
                "        tokens = torch.logspace",
                "        self.out.weight.data.fill_(1e6)\n        tokens = torch.logspace",
            ),
        ),
    ),
    "value embeddings that prefill ignores": (
        "step by step",
        (
            (REGISTERED, 'register_mixer(MixerKind("my_mixer", MyMixer, takes_values=True))'),
            (
                "return self._mix(x_BTC, self.start(len(x_BTC)), starts_BT)[0]",
                "y = self._mix(x_BTC, self.start(len(x_BTC)), starts_BT)[0]\n        return y if values_BTC is None else y + self.out(values_BTC)",
            ),
        ),
    ),
}
