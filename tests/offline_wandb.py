"""What a real offline W&B run has written: protocol buffers in the LevelDB log format, after a header of seven bytes."""

import json
import struct
from pathlib import Path


def read_records(path: Path) -> list:
    """Of a `.wandb` file."""
    from wandb.proto.wandb_internal_pb2 import Record

    data, position, payload, records = path.read_bytes(), 7, b"", []
    while position + 7 <= len(data):
        left = 32768 - position % 32768
        if left < 7:
            position += left
            continue
        _, length, kind = struct.unpack_from("<IHB", data, position)
        payload += data[position + 7 : position + 7 + length]
        position += 7 + length
        if kind in (1, 4):  # whole, or the last part
            record = Record()
            record.ParseFromString(payload)
            records.append(record)
            payload = b""
    return records


def read_history(path: Path) -> list[dict]:
    """What there is of each logged step."""
    items = [record.history.item for record in read_records(path) if record.HasField("history")]
    return [_values(row) for row in items]


def read_summary(path: Path) -> dict:
    """The last value of each key."""
    found: dict = {}
    for record in read_records(path):
        if record.HasField("summary"):
            found |= _values(record.summary.update)
    return found


def _values(items: list) -> dict:
    return {"/".join(item.nested_key) or item.key: json.loads(item.value_json) for item in items}
