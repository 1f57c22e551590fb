"""Fits a search model to a few hundred labelled examples: read, split, tune, choose, judge, export.

Usable as a library, without Django. Importing this package is light: it never imports torch.
"""

from trainer.threads import prepare_environment
from trainer.torchvision_repair import repair_on_import

__version__ = "0.1.0"

prepare_environment()
repair_on_import()
