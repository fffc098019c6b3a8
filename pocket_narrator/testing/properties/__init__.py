"""The properties that every mixer must have, one idea a file; `table.py` lists them."""
