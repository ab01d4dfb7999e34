"""Tests; they mirror ``bridge/``."""
