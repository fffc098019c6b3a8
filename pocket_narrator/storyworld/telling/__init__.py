"""How events become sentences: templates, grammatical forms, the cast of a story, shared wordings."""
