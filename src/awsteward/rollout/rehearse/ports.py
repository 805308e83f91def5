"""Free ports of 127.0.0.1 below those that the kernel gives to outgoing connections.

A port of that range could be taken by one of the load's own connections between look and use.
"""

import asyncio
import random
import socket

FROM, TO = 18_000, 32_000


def free(chance: random.Random) -> int:
    """A port that nobody listens on at this moment."""
    while True:
        port = chance.randrange(FROM, TO)
        with socket.socket() as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                one.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


async def open_to(port: int) -> bool:
    """Somebody listens there."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
