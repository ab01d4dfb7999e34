"""rbridge deploy and undeploy: a model folder on SageMaker, and gone again.

A plan is made first, as data, from the options and the folder alone; applying it makes exactly
its calls. ``aws.py`` is the only file that knows boto3.
"""
