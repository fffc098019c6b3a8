"""Stories out of plain text."""
