"""Names under which the earlier projects logged. Nothing but the W&B tracker needs this room."""
