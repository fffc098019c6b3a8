"""What a real offline W&B run has written: protocol buffers in the LevelDB log format, after a header of seven bytes."""

import json
import struct
import time
from pathlib import Path

PATIENCE_S = 100


def read_records(path: Path) -> list:
    """Of a `.wandb` file of a run that is finished: W&B's service may write the last of it a moment after `finish`."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        records = _parse(path.read_bytes())
        if records and records[-1].HasField("exit"):
            return records
        assert time.monotonic() < deadline, f"{path} does not end"
        time.sleep(0.05)


def _parse(data: bytes) -> list:
    from wandb.proto.wandb_internal_pb2 import Record

    position, payload, records = 7, b"", []
    while position + 7 <= len(data):
        left = 32768 - position % 32768
        if left < 7:
            position += left
            continue
        _, length, kind = struct.unpack_from("<IHB", data, position)
        if position + 7 + length > len(data):  # still being written
            break
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
