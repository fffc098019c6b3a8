"""Stories as token ids on disk, and the batches that training reads from them."""

from pocket_narrator.tokens.batches import NOT_SCORED, Batch, BatchOrder
from pocket_narrator.tokens.builder import build_store
from pocket_narrator.tokens.prepare import prepare
from pocket_narrator.tokens.prepared import Prepared
from pocket_narrator.tokens.store import TokenStore

__all__ = ["NOT_SCORED", "Batch", "BatchOrder", "Prepared", "TokenStore", "build_store", "prepare"]
