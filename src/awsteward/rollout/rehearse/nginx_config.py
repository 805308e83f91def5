"""Configuration of an nginx that passes on what it gets, without trying again. Pure."""

import os
from pathlib import Path

Targets = tuple[tuple[int, int], ...]
NOBODY = "server 127.0.0.1:9 down;"


def config(port: int, targets: Targets, folder: Path, generation: int) -> str:
    """One worker that passes on to *targets*, ports with their weights; 0 gets nothing new.

    ``/generation`` says which configuration answers: a reload has been done when it has changed.
    """
    servers = [
        f"server 127.0.0.1:{target} weight={weight} max_fails=0;"
        for target, weight in targets
        if weight
    ]
    user = "user root;" if os.geteuid() == 0 else ""
    temporary = "\n".join(
        f"  {kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return f"""{user}
daemon off;
worker_processes 1;
pid {folder}/nginx-{port}.pid;
error_log {folder}/nginx-{port}.error warn;
events {{ worker_connections 8192; }}
http {{
  access_log off;
{temporary}
  keepalive_timeout 1h;
  keepalive_requests 100000000;
  upstream targets {{
    {" ".join(servers) or NOBODY}
    keepalive 512;
    keepalive_requests 100000000;
  }}
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location = /generation {{ return 200 "{generation}"; }}
    location / {{
      proxy_pass http://targets;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_next_upstream off;
      proxy_connect_timeout 1s;
      proxy_read_timeout 1h;
    }}
  }}
}}
"""
