"""A pod of two: nginx in front of our plain server. nginx is the process that is stopped.

The application is started first; then this process becomes nginx, so that signals reach nginx.
Standard library only.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from awsteward.rollout.rehearse.nginx_config import config


def main() -> None:
    """Start the application (everything after ``--``), then become nginx."""
    parser = argparse.ArgumentParser(description="nginx in front of a server, for rehearsals.")
    parser.add_argument("--nginx", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--behind", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    at = sys.argv.index("--")
    given = parser.parse_args(sys.argv[1:at])
    subprocess.Popen(sys.argv[at + 1 :])  # noqa: S603  our own command
    file = given.folder / f"nginx-{given.port}.conf"
    text = config(given.port, ((given.behind, 1),), given.folder, 1)
    file.write_text(text, encoding="utf-8")
    os.execv(  # noqa: S606  no shell is wanted
        given.nginx, (given.nginx, "-p", str(given.folder), "-c", str(file))
    )
