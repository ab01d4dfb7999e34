"""rivals: the same models in other servers, as their manuals would have it done."""
