"""verify: every row of a data file through the running road, and through a fresh R session.

``run`` puts it together. ``service`` asks the real server over HTTP; ``session`` asks an
``Rscript`` that loads the model file by itself; ``compare`` holds the answers against each
other bit by bit; ``report`` and ``certificate`` write down what came of it.

The two roads share the data file and the schema, and nothing else: no converter, codec or
line of ``r/R`` is used on both sides, so that a fault of one cannot hide in the other.
"""
