"""Which real parts a rehearsal is put together from."""

from dataclasses import dataclass
from enum import StrEnum


class BalancerKind(StrEnum):
    """Load balancers that can be started here."""

    HAPROXY = "haproxy"
    ENVOY = "envoy"
    NGINX = "nginx"


class ServerKind(StrEnum):
    """Programs whose replicas are stopped."""

    PLAIN = "plain"
    GUNICORN = "gunicorn"
    UVICORN = "uvicorn"
    NGINX = "nginx"
    CONSUMER = "consumer"
    BATCH = "batch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """One of each."""

    balancer: BalancerKind = BalancerKind.HAPROXY
    server: ServerKind = ServerKind.PLAIN
