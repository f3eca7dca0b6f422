"""Who proposes parameters: Optuna."""
