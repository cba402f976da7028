"""Pieces of text that scripts are assembled from, one file a part of the script."""
