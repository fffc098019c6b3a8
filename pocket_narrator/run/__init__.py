"""A run on disk: checkpoints, identity, records, and how it is opened again. Nothing here trains."""
