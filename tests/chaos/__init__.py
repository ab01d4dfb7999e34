"""A server under load and faults at random: ``scripts/chaos``, see docs/reliability.md."""
