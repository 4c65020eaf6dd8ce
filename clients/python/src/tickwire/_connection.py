"""How servers are reached: certificates, tokens, and the options of every channel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import grpc
import grpc.aio

from tickwire._servers import Server


@dataclass(frozen=True, kw_only=True)
class Tls:
    """Encrypts. Certificates and keys are in PEM, as their files hold them."""

    ca: bytes | str | None = None
    """The authorities that a server's certificate may be of. Default: the public ones."""
    cert: bytes | str | None = None
    """This caller's own certificate, for servers that ask for one; together with `key`."""
    key: bytes | str | None = None
    server_name: str | None = None
    """What a server's certificate must name, where that is not the host of its address."""


Options = list[tuple[str, str | int]]

_CHANNEL: Options = [
    # A broken connection is noticed within 30 s, also on a quiet stream.
    ("grpc.keepalive_time_ms", 20_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.http2.max_pings_without_data", 0),
    # A server that is back is tried again after 2 s at most, where gRPC would wait up to 2 min.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 2_000),
    ("grpc.max_reconnect_backoff_ms", 2_000),
]


class Connection:
    """Opens channels. Raises TypeError where `tls` and `credentials` contradict each other, or a
    certificate comes without its key."""

    def __init__(
        self,
        *,
        tls: Tls | bool,
        token: str | None,
        credentials: grpc.ChannelCredentials | None,
        headers: Mapping[str, str] | None,
    ) -> None:
        if credentials is not None and tls:
            raise TypeError("give tls or credentials, not both")
        self._credentials = credentials
        self._options = list(_CHANNEL)
        if tls:
            said = Tls() if tls is True else tls
            if (said.cert is None) != (said.key is None):
                raise TypeError("tls: cert and key come together")
            self._credentials = grpc.ssl_channel_credentials(
                root_certificates=_pem(said.ca),
                private_key=_pem(said.key),
                certificate_chain=_pem(said.cert),
            )
            if said.server_name is not None:
                self._options.append(("grpc.ssl_target_name_override", said.server_name))
        named = {name.lower(): value for name, value in (headers or {}).items()}
        if token is not None:
            named["authorization"] = f"Bearer {token}"
        self.metadata: tuple[tuple[str, str], ...] = tuple(named.items())
        """Sent with every call."""

    def open(
        self, server: Server, options: Sequence[tuple[str, str | int]] = ()
    ) -> grpc.aio.Channel:
        """Within a running event loop."""
        # Of an option that comes twice the last one holds.
        said = list(dict([*server.options, *self._options, *options]).items())
        if self._credentials is None:
            return grpc.aio.insecure_channel(server.address, options=said)
        return grpc.aio.secure_channel(server.address, self._credentials, options=said)


def _pem(text: bytes | str | None) -> bytes | None:
    return text.encode() if isinstance(text, str) else text
