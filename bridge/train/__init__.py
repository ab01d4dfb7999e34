"""rbridge train: runs a train.R under SageMaker's training contract, and checks its model.

A door and no more: what is fitted, and how, is the script's. It runs as the user wrote it, with
everything that its user may do; nothing of the sandbox of served models applies.
"""
