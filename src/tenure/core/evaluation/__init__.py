"""What answers are worth, given the truth: figures with intervals, parts, groups."""
