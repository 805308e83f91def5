"""Every test here starts real servers behind a real balancer."""

from tests.e2e.rollout.environment import enter

enter()
