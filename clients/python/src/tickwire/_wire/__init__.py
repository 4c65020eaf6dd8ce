"""Between this library's own types and the contract's messages."""
