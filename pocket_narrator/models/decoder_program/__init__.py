"""Programs of the C decoder: lists of operations, which mixers add theirs to."""
