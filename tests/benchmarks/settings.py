"""The settings of a deployed site, with the floor among its addresses and its static files out of the way."""

import os

from conference.settings import *  # noqa: F403 - all of them

ROOT_URLCONF = "tests.benchmarks.urls"
STATIC_ROOT = os.environ["BENCHMARK_STATIC_ROOT"]
