"""The outcome of a replay as figures, as a screen and as a page."""
