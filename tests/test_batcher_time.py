"""Batcher in time and out of order: deadlines, clients that leave, and any schedule at all."""
