"""Files, folders and JSON as everything here reads and writes them: whole or not at all, and never waited for."""
