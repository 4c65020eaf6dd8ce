"""The package's version, as its pyproject.toml has it."""

version = "0.1.0"

CLIENT_NAME = f"tickwire-python/{version}"
"""What this library calls itself to a server."""
