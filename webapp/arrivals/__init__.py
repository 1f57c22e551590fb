"""Large files on their way in: they come in parts, and go on where a broken line stopped them (tus 1.0.0)."""
