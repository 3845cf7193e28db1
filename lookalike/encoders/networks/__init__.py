"""The networks that we train. These modules import torch; the encoders' files do not."""
