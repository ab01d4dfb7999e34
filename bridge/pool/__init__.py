"""R in processes of its own: a zygote that loads the model once, and forked workers."""
