"""What the earlier project cleaned by, for comparison. Nothing but `rules: strict` needs this room."""
