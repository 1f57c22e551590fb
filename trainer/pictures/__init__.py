"""How models of pictures learn: what lies on top of them first, then their upper layers."""
