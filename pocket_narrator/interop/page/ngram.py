"""The tables of an N-gram, as `ngram.js` reads them."""

from typing import Any

import numpy as np

from pocket_narrator.interop.page.container import Container
from pocket_narrator.models.ngram import NGramModel


def tell_ngram(model: NGramModel, container: Container) -> dict[str, Any]:
    """What a page has to know of a Kneser-Ney model; its tables go into the container."""
    tables = [
        {
            "tokens": container.add(table.tokens),
            "probabilities": container.add(table.probabilities),
            "backoffs": None if table.backoffs is None else container.add(table.backoffs),
            "children": None if table.first is None else container.add(np.diff(table.first)),
        }
        for table in model.tables
    ]
    return {
        "kind": "ngram",
        "vocabulary": model.vocabulary_size,
        "context": model.context,
        "end_of_text": model.end_of_text,
        "tables": tables,
    }
