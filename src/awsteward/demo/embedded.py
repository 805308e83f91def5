"""The embedded AWS itself: a child process. It lives exactly as long as its standard input.

`stage.py` starts it; nobody else should. Apart, so that its threads, its state and its log
lines are not in the process that tells the story, and so that it cannot outlive it.
"""

import sys


def serve() -> None:
    """Serve on a free loopback port, say which on the first line, stop when stdin closes."""
    from moto.moto_server.threaded_moto_server import (  # noqa: PLC0415 (optional; takes 0.5 s)
        ThreadedMotoServer,
    )

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    serve()
