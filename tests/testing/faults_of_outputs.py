"""Faults in what is mixed: tokens, stories and rows that should not meet; forms that disagree. With the property each breaks."""

from tests.testing.planting import COUNTED, FOUND, LAYERS, LEAK, MADE, STARTS, Changes, after, before

OF_OUTPUTS: dict[str, tuple[str, Changes]] = {
    "looks one token ahead": ("causality", (after(MADE, LEAK),)),
    "looks ahead at odd lengths": ("causality", (after(MADE, "if u.shape[1] % 2:", f"    {LEAK}"),)),
    "looks ahead in long texts": ("causality", (after(MADE, "if u.shape[1] > 130:", f"    {LEAK}"),)),
    "looks ahead with story starts": ("causality", (after(MADE, "if starts_BT is not None:", f"    {LEAK}"),)),
    "looks ahead at one token": (
        "causality",
        (
            after(
                MADE,
                "if u.shape[1] > 24:",
                "    u = torch.cat([u[:, :22], u[:, 22:23] + u[:, 23:24], u[:, 23:]], dim=1)",
            ),
        ),
    ),
    "looks ahead without a gradient": (
        "causality",
        (after(MADE, "with torch.no_grad():", "    ahead = u[:, -1:].sign()", "u = u + 0.1 * ahead"),),
    ),
    "takes the mean of the text": ("causality", (after(MADE, "u = u - u.mean(dim=1, keepdim=True)"),)),
    "scales by the length of the text": ("causality", (after(FOUND, "memory = memory / memory.shape[1]"),)),
    "batch norm": (
        "causality",
        (
            before(LAYERS, "self.norm = nn.BatchNorm1d(model.width)"),
            after(MADE, "u = self.norm(u.transpose(1, 2)).transpose(1, 2)"),
        ),
    ),
    "ignores story starts": ("packed stories", ((STARTS, "            pass\n"),)),
    "forgets all but a hundredth": (
        "packed stories",
        ((STARTS, "            keep = keep * (1 - 0.99 * starts_BT[..., None].to(keep.dtype))\n"),),
    ),
    "ignores story starts in odd rows": (
        "packed stories",
        ((STARTS, "            keep = torch.cat([keep[:1] * ~starts_BT[:1, :, None], keep[1:]])\n"),),
    ),
    "ignores a second start": (
        "packed stories",
        ((STARTS, "            starts_BT = starts_BT & (starts_BT.cumsum(1) <= 1)\n" + STARTS),),
    ),
    "forgets a token late": (
        "packed stories",
        ((STARTS, "            starts_BT = F.pad(starts_BT, (1, 0))[:, :-1]\n" + STARTS),),
    ),
    "forgets the first token of each text as a start does not": (
        "packed stories",
        (after(MADE, "u = torch.cat([0 * u[:, :1], u[:, 1:]], dim=1)"),),
    ),
    "takes the mean of the batch": ("rows", (after(MADE, "u = u - u.mean(dim=0, keepdim=True)"),)),
    "mixes rows of large batches": ("rows", (after(MADE, "if len(u) > 7:", "    u = u + 0.1 * u.roll(1, dims=0)"),)),
    "the first row's gate for all": ("rows", (after(MADE, "gate = gate[:1].expand_as(gate)"),)),
    "steps differ after 33 tokens": (
        "step by step",
        (
            *COUNTED,
            after(
                MADE,
                "if u.shape[1] == 1:",
                "    u = u * torch.where(state.seen_B > 33, 0.9, 1.0)[:, None, None].to(u.dtype)",
            ),
        ),
    ),
    "steps differ after 200 tokens": (
        "step by step",
        (
            *COUNTED,
            after(
                MADE,
                "if u.shape[1] == 1:",
                "    u = u * torch.where(state.seen_B > 200, 0.9, 1.0)[:, None, None].to(u.dtype)",
            ),
        ),
    ),
    "loses its memory every 64 tokens": (
        "step by step",
        (before(FOUND, "keep = keep * (torch.arange(keep.shape[1]) % 64 > 0)[:, None]"),),
    ),
    "wrong at multiples of 128": ("causality", (after(MADE, "if u.shape[1] % 128 == 0:", "    u = 0.99 * u"),)),
    "prefill ignores lengths": (
        "prefill in pieces",
        (("return self._mix(x_BTC, state, lengths_B=lengths_B)", "return self._mix(x_BTC, state)"),),
    ),
    "prefill takes the longest row's length": (
        "prefill in pieces",
        (("lengths_B=lengths_B)", "lengths_B=lengths_B.max().expand_as(lengths_B))"),),
    ),
    "prefill looks at the padding": (
        "prefill in pieces",
        (
            after(
                MADE, "if lengths_B is not None and u.shape[1] > 1:", "    u = u + 1e-3 * u.amax(dim=1, keepdim=True)"
            ),
        ),
    ),
    "prefill begins anew": (
        "prefill in pieces",
        (
            (
                "return self._mix(x_BTC, state, lengths_B=lengths_B)",
                "return self._mix(x_BTC, self.start(len(x_BTC)) if x_BTC.shape[1] > 1 else state, lengths_B=lengths_B)",
            ),
        ),
    ),
}
