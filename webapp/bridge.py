"""The only importer of `trainer`. Whatever needs torch is imported when it is called, for the web process never loads it."""

from trainer.errors import Cancelled, DataError, ModelError, ResourceError, TailorError, TrainingError

__all__ = ["Cancelled", "DataError", "ModelError", "ResourceError", "TailorError", "TrainingError"]
