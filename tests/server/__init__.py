"""Tests of the real server over a real port."""
