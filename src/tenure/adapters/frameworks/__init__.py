"""Model libraries: the recipes that train versions, and the runtimes that answer with them."""
