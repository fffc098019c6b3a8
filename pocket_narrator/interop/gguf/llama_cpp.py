"""llama.cpp itself, through llama-cpp-python where that is installed: the last word on our GGUF files."""

import contextlib
import importlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from pocket_narrator.errors import InteropError

F32 = 0  # of ggml's types: the cache of keys and values, half that wide by default


def llama_cpp_is_installed() -> bool:
    return importlib.util.find_spec("llama_cpp") is not None


@contextlib.contextmanager
def _without_tiles(library: Any) -> Iterator[None]:
    """Models that are opened now are computed without ggml's products in tiles (AMX), which end the process where gcc 12 has
    compiled them: it leaves out what is stored for `ldtilecfg`. `Llama` has no option for it."""
    default = library.llama_model_default_params

    def changed() -> object:
        parameters = default()
        parameters.use_extra_bufts = False
        return parameters

    library.llama_model_default_params = changed
    try:
        yield
    finally:
        library.llama_model_default_params = default


class LlamaCpp:
    """A GGUF file opened by llama.cpp, in float32 wherever it lets one choose."""

    def __init__(self, path: Path, context: int) -> None:
        llama_cpp = importlib.import_module("llama_cpp")  # a package that is compiled where it is wanted
        try:
            with _without_tiles(llama_cpp.llama_cpp):
                self._llama = llama_cpp.Llama(
                    str(path), n_ctx=context, n_batch=context, type_k=F32, type_v=F32, flash_attn=False, verbose=False
                )
        except Exception as error:  # the library raises what it likes, and its reasons go to its own log
            raise InteropError(f"llama.cpp does not open the file: {error}", where=str(path)) from None

    def encode(self, text: str) -> list[int]:
        """Token ids as llama.cpp makes them, what it puts before a prompt included."""
        return self._llama.tokenize(text.encode("utf-8"), add_bos=True, special=False)

    def next_logits(self, tokens: list[int]) -> np.ndarray:
        """[V] after `tokens`, read from the beginning."""
        self._llama.reset()
        return self._logits_after(tokens)

    def logits_along(self, prompt: list[int], told: list[int]) -> np.ndarray:
        """[T, V]: before each of the T tokens that were told after `prompt`, read one by one."""
        return np.stack([self.next_logits(prompt), *(self._logits_after([token]) for token in told[:-1])])

    def _logits_after(self, tokens: list[int]) -> np.ndarray:
        self._llama.eval(tokens)
        pointer = self._llama._ctx.get_logits_ith(-1)
        return np.ctypeslib.as_array(pointer, shape=(self._llama.n_vocab(),)).copy()
