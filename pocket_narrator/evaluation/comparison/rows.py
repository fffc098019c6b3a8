"""A comparison as rows: of its models beside the first one, of its pairs, and both as they are written for LaTeX."""

from collections.abc import Sequence
from typing import Any

from pocket_narrator.evaluation.comparison.compared import ComparedModel, Pair

MARK = "not distinguishable"
_LATEX = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"} | {
    c: f"\\{c}" for c in "&%$#_{}"
}


def model_rows(models: Sequence[ComparedModel], pairs: Sequence[Pair]) -> list[dict[str, Any]]:
    """One for each model, in their order. `difference` and what follows are about it and the first one: a pair's p is adjusted
    for all pairs, and `verdict` says "not distinguishable" where the difference may be chance; None in the first row."""
    return [
        {
            "model": model.name,
            "value": model.value,
            "low": model.interval and model.interval[0],
            "high": model.interval and model.interval[1],
            "seeds": len(model.seeds),
            **_beside(pair_of(pairs, model.name, models[0].name)),
            "parameters": model.costs.parameters,
            "training_tokens": model.costs.training_tokens,
            "training_flops": model.costs.training_flops,
            "training_seconds": model.costs.training_seconds,
            "tokens_per_second": model.costs.tokens_per_second,
        }
        for model in models
    ]


def pair_rows(pairs: Sequence[Pair]) -> list[dict[str, Any]]:
    """One for each pair; the difference is the first model's minus the second's."""
    return [{"model": pair.ours, "other": pair.theirs, **_beside((pair, 1))} for pair in pairs]


def pair_of(pairs: Sequence[Pair], name: str, other: str) -> tuple[Pair, int] | None:
    """The pair of two models, and 1 where its difference is `name` minus `other`, -1 where it is the other way round."""
    for pair in pairs:
        if {pair.ours, pair.theirs} == {name, other}:
            return pair, 1 if pair.ours == name else -1
    return None


def _beside(found: tuple[Pair, int] | None) -> dict[str, Any]:
    if found is None:
        return dict.fromkeys(("difference", "difference_low", "difference_high", "p_holm", "effect_size", "verdict"))
    pair, sign = found
    difference = pair.difference
    low, high = sorted(sign * bound for bound in difference.interval) if difference.interval else (None, None)
    value = sign * difference.value
    return {
        "difference": value,
        "difference_low": low,
        "difference_high": high,
        "p_holm": pair.p_holm,
        "effect_size": None if difference.effect_size is None else sign * difference.effect_size,
        "verdict": ("lower" if value < 0 else "higher") if pair.is_distinguishable else MARK,
    }


def latex(rows: Sequence[dict[str, Any]], heading: str, note: str, has_best: bool) -> str:
    r"""A `tabular` with booktabs' rules. A dagger marks what is not distinguishable from the first row, which is bold where it is
    the best; `note` stands under the table."""
    lines = [
        r"\begin{tabular}{lrrrr}",
        r"\toprule",
        rf"model & {escaped(heading)} & 95\,\% interval & difference & $p$ (Holm) \\",
        r"\midrule",
    ]
    for place, row in enumerate(rows):
        value = f"{row['value']:.4f}"
        value = rf"\textbf{{{value}}}" if place == 0 and has_best else value
        mark = r"$^\dagger$" if row["verdict"] == MARK else ""
        cells = [
            escaped(row["model"]),
            value + mark,
            _interval(row["low"], row["high"], ".4f"),
            "" if row["difference"] is None else _difference(row),
            "" if row["p_holm"] is None else spelled_p(row["p_holm"]).replace("<", "$<$"),
        ]
        lines.append(" & ".join(cells) + r" \\")
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", rf"\par\smallskip {note}", ""])


def _difference(row: dict[str, Any]) -> str:
    interval = _interval(row["difference_low"], row["difference_high"], "+.4f")
    return f"${row['difference']:+.4f}$" + (f" {interval}" if interval else "")


def _interval(low: float | None, high: float | None, form: str) -> str:
    return "" if low is None or high is None else f"$[{low:{form}}, {high:{form}}]$"


def spelled_p(p: float) -> str:
    return "< 0.0005" if p < 0.0005 else f"{p:.3f}"


def escaped(text: str) -> str:
    """As LaTeX shows it."""
    return "".join(_LATEX.get(character, character) for character in text)
