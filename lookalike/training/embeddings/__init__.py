"""From a recipe to weights: pictures are augmented, an objective is minimised, a card written."""
