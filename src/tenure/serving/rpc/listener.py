"""The gRPC server of one process: a port of its own on the same event loop."""

from typing import Any

import grpc
from grpc import aio

from tenure.core.errors import Kind, TenureError
from tenure.serving.replies import MAX_BODY_BYTES
from tenure.serving.rpc.service import Service

_OPTIONS = (
    ("grpc.max_receive_message_length", MAX_BODY_BYTES),
    ("grpc.max_send_message_length", -1),
)


class Listener:
    """Listens at `address` ("host:port") from `start` to `stop`; `tls` is key and certificate."""

    def __init__(
        self,
        service: Service,
        address: str,
        *,
        shared: bool = False,
        tls: tuple[bytes, bytes] | None = None,
    ) -> None:
        # a taken port is an error unless processes are to share it
        self._options = (*_OPTIONS, ("grpc.so_reuseport", int(shared)))
        self._service = service
        self._address = address
        self._tls = tls
        self._server: Any = None

    async def start(self) -> None:
        """Raise `serving.port_taken` when one cannot listen there."""
        self._server = aio.server(options=self._options)
        self._server.add_generic_rpc_handlers((self._service.handlers(),))
        try:
            if self._tls is None:
                self._server.add_insecure_port(self._address)
            else:
                credentials = grpc.ssl_server_credentials([self._tls])
                self._server.add_secure_port(self._address, credentials)
        except RuntimeError as error:
            raise TenureError(
                Kind.CONFLICT,
                "serving.port_taken",
                f"one cannot listen for gRPC at {self._address}",
                hint="choose another serving.grpc_port",
            ) from error
        await self._server.start()

    async def stop(self, seconds: float) -> None:
        """Take no new calls; those under way may end within `seconds`."""
        if self._server is not None:
            await self._server.stop(seconds)
