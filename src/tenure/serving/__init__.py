"""The inference data plane. Reads releases, answers, appends the prediction log."""
