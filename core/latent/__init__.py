"""WHAT it has learned, as geometry: space, projection, clusters, directions. No torch here."""
