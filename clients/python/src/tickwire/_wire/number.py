"""Numbers as the wire has them."""

from tickwire._errors import bad_field


def optional_int32(value: int | None, field: str) -> int | None:
    return None if value is None else _whole(value, 32, field)


def int32(value: int | None, field: str) -> int:
    """0 where nothing is said."""
    return 0 if value is None else _whole(value, 32, field)


def int64(value: int | None, field: str) -> int:
    """0 where nothing is said."""
    return 0 if value is None else _whole(value, 64, field)


def _whole(value: int, bits: int, field: str) -> int:
    if not isinstance(value, int) or abs(value) >= 2 ** (bits - 1):
        raise bad_field(field, f"not a whole number of {bits} bits: {value!r}")
    return int(value)
