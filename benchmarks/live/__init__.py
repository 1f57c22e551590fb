"""Parts of the measurement of the live search: an installation of its own, and people who ask it."""
