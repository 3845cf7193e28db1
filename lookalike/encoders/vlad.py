"""VLAD: any number of local descriptors to one vector of fixed length."""

from dataclasses import dataclass, fields
from pathlib import Path

import cv2
import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file


@dataclass(frozen=True)
class Codebook:
    """Shortens descriptors, and sums up how they differ from the typical ones.

    VLAD: Jégou, Douze, Schmid and Pérez, CVPR 2010. Each centre's share is power-normalised and
    scaled to length 1 (intra-normalisation: Arandjelović and Zisserman, "All about VLAD", CVPR
    2013), so that one repeated texture cannot drown the rest. The place of a key point is part of
    its feature, as in Sánchez, Perronnin and de Campos, "Modeling the spatial layout of images
    beyond spatial pyramids", Pattern Recognition Letters 2012.
    """

    mean: np.ndarray  # (d,) float32, of descriptors; SIFT's d is 128, ORB's 256
    components: np.ndarray  # (p, d) float32, orthonormal rows: PCA of descriptors
    centres: np.ndarray  # (c, p + 2) float32, k-means of features

    def features(self, descriptors: np.ndarray, places: np.ndarray) -> np.ndarray:
        """(n, d) descriptors and (n, 2) weighted places to (n, p + 2) float32."""
        # Not `@`: BLAS wakes its threads for so small a product, which on busy cores takes longer
        # than all the rest.
        short = np.einsum("nd,pd->np", descriptors - self.mean, self.components)
        return np.concatenate([short, places], axis=1).astype(np.float32)

    def aggregate(self, features: np.ndarray) -> np.ndarray:
        """(n, p + 2) features to one (c * (p + 2),) float32; all zeros when n is 0.

        A centre that no feature is nearest to gives zeros; any other one gives a unit vector,
        unless its features lie on the centre itself.
        """
        residuals = np.zeros_like(self.centres)
        nearest = self.assign(features)
        np.add.at(residuals, nearest, features - self.centres[nearest])
        residuals = np.sign(residuals) * np.sqrt(np.abs(residuals))
        lengths = np.linalg.norm(residuals, axis=1, keepdims=True)
        return (residuals / np.maximum(lengths, 1e-12)).ravel()

    def assign(self, features: np.ndarray) -> np.ndarray:
        """(n, p + 2) features to the (n,) positions of their nearest centres."""
        if len(features) == 0:
            return np.empty(0, np.intp)
        _, nearest = cv2.batchDistance(
            features, self.centres, cv2.CV_32F, normType=cv2.NORM_L2SQR, K=1
        )
        return nearest[:, 0]

    def save(self, path: Path) -> None:
        """Write the arrays as safetensors."""
        save_file({field.name: getattr(self, field.name) for field in fields(self)}, path)

    @classmethod
    def load(cls, path: Path) -> "Codebook":
        """Read what `save` wrote.

        Raises:
            ValueError: the file is not safetensors, or its arrays do not fit one another.
            OSError: it cannot be read.
        """
        try:
            arrays = load_file(path)
        except SafetensorError as error:
            raise ValueError(str(error)) from error
        names = {field.name for field in fields(cls)}
        if arrays.keys() != names:
            raise ValueError(f"arrays must be {sorted(names)}, but are {sorted(arrays)}")
        shapes = {name: array.shape for name, array in arrays.items()}
        short, length = arrays["components"].shape[0], arrays["mean"].size
        expected = {
            "mean": (length,),
            "components": (short, length),
            "centres": (len(arrays["centres"]), short + 2),
        }
        if shapes != expected:
            raise ValueError(f"arrays must have shapes {expected}, but have {shapes}")
        return cls(**arrays)
