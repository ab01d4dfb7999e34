"""Tests of bridge.pool without R."""
