"""Records for a notebook: a pandas DataFrame where pandas is installed, and the same records as dictionaries where it is not."""

from collections.abc import Sequence
from typing import Any


def data_frame(records: Sequence[dict[str, Any]]) -> Any:
    """A DataFrame with a row for each record, or the list of them. A key that only some records have is NaN in the others' rows."""
    try:
        import pandas
    except ImportError:
        return list(records)
    return pandas.DataFrame.from_records(list(records))
