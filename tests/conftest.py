"""How hypothesis runs: no deadline, because the machine is shared, and few examples a property.

``scripts/soak`` asks for more.
"""

import os

from hypothesis import settings

EXAMPLES = int(os.environ.get("HYPOTHESIS_EXAMPLES", "50"))
settings.register_profile("bridge", deadline=None, max_examples=EXAMPLES)
settings.load_profile("bridge")
