"""An environment of their own for the rivals: cloud-custodian and its trailcreator."""

import subprocess
import tempfile
import venv
from pathlib import Path

PEERS = ("c7n==0.9.53", "c7n-org==0.6.52")
TRAILCREATOR = "c7n-trailcreator==0.2.44"


def rival() -> Path:
    """Its Python; trailcreator's wheel pins an older c7n and works on this one."""
    home = Path(tempfile.gettempdir()) / "awsteward-bench-rival"
    python = home / "bin" / "python"
    if not (home / "complete").exists():
        print("making an environment for c7n (once) …")
        venv.create(home, with_pip=True, clear=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *PEERS], check=True)
        subprocess.run([*pip, "--no-deps", TRAILCREATOR], check=True)
        (home / "complete").touch()
    return python
