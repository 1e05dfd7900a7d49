"""WHO was scanned, and what was cut out of the scans; axes and units stand in the README."""
