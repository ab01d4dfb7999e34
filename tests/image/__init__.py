"""The test of the container image: builds, starts, asks and stops it. Run by scripts/image-test."""
