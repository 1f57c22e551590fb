"""Settings of the processes that a flow test starts: the tests' own, with a Redis server that the test may kill."""

import os

from tests.settings import *  # noqa: F403

REDIS_URL = os.environ["TAILOR_FLOW_REDIS"]
