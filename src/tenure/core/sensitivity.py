"""Sensitivity: how much of what a model answers goes with one feature, whatever the model is.

A stand-in for importance that needs answers and features alone, so every version has one: trees,
linear models, foreign files, Python. It is blind for features that matter in company only, and
gives features that go together the same credit.
"""

import numpy as np

from tenure.core.stats.histograms import Counts, Floats


def explained(cells: Counts, outputs: Floats) -> float:
    """Return the share of the outputs' variance [n, width] that the cells [n] explain, in [0, 1].

    First-order index of Sobol' (Math. Comput. Simul. 55, 2001) by groups, without what groups of so
    few rows explain by chance (epsilon squared: Kelley, PNAS 21, 1935). Of several outputs, the mean
    weighted by their variance.
    """
    _, group = np.unique(cells, return_inverse=True)
    rows, groups = len(outputs), int(group.max(initial=0)) + 1
    if rows <= groups:
        return 0.0
    sizes = np.bincount(group)
    total = within = 0.0
    for output in outputs.T:
        centred = output - output.mean()
        means = np.bincount(group, centred) / sizes
        total += float(np.square(centred).sum())
        within += float(np.square(centred - means[group]).sum())
    if total <= 0.0:
        return 0.0
    noise = within / (rows - groups)
    return min(1.0, max(0.0, 1.0 - noise * (rows - 1) / total))
