"""The sample pictures: articles of a made-up shop, drawn by this code when a sample project is made."""
