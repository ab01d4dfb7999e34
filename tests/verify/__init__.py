"""The parts of rbridge verify."""
