"""Temporary folders of tests lie in memory where there is room: thousands of files are written, synced to the disk and deleted,
and on a slow disk that takes half of all time. Folders of tests that passed are deleted at once (`pyproject.toml`)."""

import os
import shutil

IN_MEMORY, ROOM = "/dev/shm", 2 * 2**30  # bytes; Linux has it, and containers often with little room

if os.access(IN_MEMORY, os.W_OK) and shutil.disk_usage(IN_MEMORY).free >= ROOM:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", IN_MEMORY)
