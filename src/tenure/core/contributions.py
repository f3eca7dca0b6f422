"""What each feature added to one answer: the words for it, and how a raw score becomes an answer.

Contributions and base value add up to the raw score; the link turns raw scores into answers. They are
told on the raw scale because there they add up.
"""

IDENTITY, LOGIT, SOFTMAX, LOG, SQUARE = "identity", "logit", "softmax", "log", "signed_square_root"
LINKS = {
    IDENTITY: "the answer itself",
    LOGIT: "log odds: answer = 1 / (1 + exp(-score))",
    SOFTMAX: "answers = exp(scores) / sum(exp(scores))",
    LOG: "the answer's logarithm: answer = exp(score)",
    SQUARE: "answer = sign(score) * score ** 2",
}
"""What a raw score is, by the name of its link."""

TREE, LINEAR = "tree_shapley", "linear_shapley"
METHODS = {
    TREE: "exact Shapley values of trees, relative to the training rows in their leaves",
    LINEAR: "exact Shapley values of a linear model, relative to the mean of the training rows",
}
