"""The vocabulary all stages share: errors, folding, times, URLs. It imports no stage and no configuration."""
