"""What a server allows its connections."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ConnectionLimits:
    """`connections`: open at once; where there are more, the one that has been idle for longest makes room."""

    connections: int = 1000
    header_seconds: float = 10.0  # from the first byte of a request, or from the connection, to the end of its headers
    idle_seconds: float = 5.0  # between two requests
    write_seconds: float = 30.0  # in which who does not read has to take some of what waits for it
    header_bytes: int = 16 * 1024
