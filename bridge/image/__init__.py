"""rbridge image: a container image with the R packages that a model needs.

``needs`` asks check which these are, ``dockerfile`` writes the file, ``source`` puts together
what the image under it is made of, ``engine`` has docker, podman or buildah build.
"""
