"""All properties of a mixer: what each promises, what usually breaks it, and how it is probed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from pocket_narrator.testing.properties.causality import check_causality
from pocket_narrator.testing.properties.gradients import check_gradients
from pocket_narrator.testing.properties.in_a_stack import check_in_a_stack
from pocket_narrator.testing.properties.interface import check_interface
from pocket_narrator.testing.properties.packing import check_packing
from pocket_narrator.testing.properties.precision import check_autocast, check_compile, check_long_input
from pocket_narrator.testing.properties.recurrence import check_prefill, check_state_size, check_steps
from pocket_narrator.testing.properties.repeatable import check_repeatable
from pocket_narrator.testing.properties.rows import check_rows
from pocket_narrator.testing.properties.states import check_states
from pocket_narrator.testing.properties.weights import check_cost, check_parameters, check_saving
from pocket_narrator.testing.properties.windows import check_windows
from pocket_narrator.testing.subject import Subject


@dataclass(frozen=True, slots=True)
class Property:
    """One property. settings: "all" of a kind's, in which arithmetic differs too; "float64", one of each size;
    "float32", the same in the dtype of training."""

    name: str
    promise: str
    cause: str
    probe: Callable[[Subject], None]
    settings: Literal["all", "float64", "float32"]


PROPERTIES = (
    Property(
        "interface",
        "every form gives [B, T, C], in the dtype that went in, and leaves its inputs alone",
        "a squeeze() or a fixed size, which goes wrong at one token or one row; a tensor made without dtype=x.dtype",
        check_interface,
        "float64",
    ),
    Property(
        "causality",
        "output t depends on inputs up to t only",
        "a mask, shift or convolution padding that is off by one; a mean, norm or maximum over the whole text",
        check_causality,
        "all",
    ),
    Property(
        "packed stories",
        "nothing is carried across a story start, and a story is as it is alone",
        "starts_BT that is not looked at in one of the parts: state, convolution, token shift or positions",
        check_packing,
        "all",
    ),
    Property(
        "step by step",
        "prefill of one token after another gives what forward gives",
        "a recurrence that begins, decays or rounds otherwise than the parallel form; positions counted from the wrong token",
        check_steps,
        "all",
    ),
    Property(
        "prefill in pieces",
        "texts in pieces, of another length in each row, give what forward gives; padding does not matter",
        "lengths_B that is not looked at: a state taken at the last token of the piece, and not of the row",
        check_prefill,
        "all",
    ),
    Property(
        "size of the state",
        "the state stays as large as at its start, and generation goes on past the context",
        "a cache that grows by torch.cat; a table of positions that ends with the context",
        check_state_size,
        "float64",
    ),
    Property(
        "select and join",
        "states are dataclasses of tensors whose rows can be selected, repeated and joined; copies are copies",
        "a field that select or join forgets; a slice or the state itself, where a copy should be",
        check_states,
        "float64",
    ),
    Property(
        "rows",
        "a row does not depend on its neighbours",
        "a mean, maximum or norm over the batch; one length or position for all rows; batch norm",
        check_rows,
        "all",
    ),
    Property(
        "windows",
        "forward_from reads a long text window by window as if at once, without gradients into the state",
        "a part of the state that forward_from forgets or does not detach; starts_BT that does not clear the given state",
        check_windows,
        "all",
    ),
    Property(
        "repeatable",
        "the same inputs give the same outputs, whatever came before",
        "dropout without training=self.training; random numbers in forward; something kept in the module",
        check_repeatable,
        "float64",
    ),
    Property(
        "save and load",
        "loaded from a checkpoint, a mixer is the one that was saved",
        "random numbers or statistics in a buffer with persistent=False, or in a plain attribute",
        check_saving,
        "float32",
    ),
    Property(
        "gradients",
        "gradients are those of the function, in float64",
        "detach(), .data or no_grad() in forward; a backward of one's own that is wrong",
        check_gradients,
        "float64",
    ),
    Property(
        "parameters",
        "every parameter gets a gradient, finite over the whole context",
        "a layer that was made and is not used; an exponential or a division that overflows",
        check_parameters,
        "float32",
    ),
    Property(
        "long input",
        "nothing overflows on long texts, large inputs and zeros",
        "the exponential of a sum over the text; a division by a norm or a sum that can be zero",
        check_long_input,
        "float32",
    ),
    Property(
        "bf16 autocast",
        "under autocast outputs and gradients are nearly the same",
        "a sum over the text in bf16: take it in float32; a fixed dtype in forward or start",
        check_autocast,
        "float32",
    ),
    Property(
        "torch.compile",
        "compiled, it computes the same",
        "Python state that changes from call to call; tensors changed in place through views",
        check_compile,
        "float32",
    ),
    Property(
        "cost",
        "parameters and state are as many as declared",
        "`cost` that was not brought up to date with the class",
        check_cost,
        "float64",
    ),
    Property(
        "in a stack",
        "a model of it generates from what it is scored by, and learns",
        "weights that begin far too large or small; `initialise` that leaves some unset",
        check_in_a_stack,
        "float32",
    ),
)
