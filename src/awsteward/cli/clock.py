"""The real clock, for whatever asks AWS."""

import random
import time
from datetime import UTC, datetime

from awsteward.tags.apply.attempt import Clock

CLOCK = Clock(now=lambda: datetime.now(UTC), sleep=time.sleep, jitter=random.random)
