"""OpenAPI 3.1 descriptions of what is served, made from what serves it. Pure data.

``document`` describes one model: ``fields`` its cells, ``forms`` its requests, ``answers``
what comes back, ``failures`` every error, ``operations`` the routes and ``examples`` requests
that the caller has seen answered. ``models`` describes a multi-model endpoint.
"""
