"""Side-by-side measurements, each a command."""

import trainer  # noqa: F401 before any of them imports a model library: see trainer.threads, trainer.torchvision_repair
