"""How hypothesis runs: no deadline, because the machine is shared; few examples a property."""

from hypothesis import settings

settings.register_profile("bridge", deadline=None, max_examples=80)
settings.load_profile("bridge")
