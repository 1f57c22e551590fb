import trainer  # noqa: F401 before any test imports a model library: see trainer.threads and trainer.torchvision_repair
