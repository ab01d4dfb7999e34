"""check: what a model file holds and how it will be served, before it is served.

``asking`` starts R as the server does and asks an example; ``file_format`` reads the first
bytes of the file; ``facts`` puts both together as one value; ``text`` lays that out for
people. The values of ``facts`` are what ``--json`` prints: docs/check.md names its keys.
"""
