"""From an uploaded file to a frozen, split data set. Torch-free."""
