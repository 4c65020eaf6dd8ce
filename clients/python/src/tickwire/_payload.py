"""Input of a job or result of a run: bytes as they are, a str as UTF-8, anything else as JSON."""

import json

CUT = "…"


def encode_payload(payload: object) -> tuple[bytes, str]:
    """Bytes of a payload, and the content type that its type suggests, if any.

    Raises TypeError or ValueError where a value has no JSON.
    """
    if isinstance(payload, (bytes, bytearray, memoryview)):
        return bytes(payload), ""
    if isinstance(payload, str):
        return payload.encode(), ""
    text = json.dumps(payload, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode(), "application/json"


def cut_text(text: str, limit: int) -> str:
    """At most `limit` bytes of UTF-8, cut between characters and marked where it was longer.
    What UTF-8 can't say becomes a question mark."""
    data = text.encode("utf-8", "replace")
    if len(data) > limit:
        return data[: limit - len(CUT.encode())].decode("utf-8", "ignore") + CUT
    return data.decode()
