"""What AWS calls a resource."""

from typing import NewType

Arn = NewType("Arn", str)
