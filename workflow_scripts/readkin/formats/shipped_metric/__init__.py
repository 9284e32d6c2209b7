"""The composition metric that readkin contains; tests/data/make_metric.py makes it."""

from pathlib import Path

FILE = Path(__file__).with_name("composition_metric.h5")
