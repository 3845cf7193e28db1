"""What each model is trained for: modules from a batch to its loss."""
