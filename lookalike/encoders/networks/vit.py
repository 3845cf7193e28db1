"""A small patch transformer (Dosovitskiy et al. 2021, https://arxiv.org/abs/2010.11929)."""

import torch
from torch import Tensor, nn

from lookalike.encoders.networks.blocks import centred


class Block(nn.Module):
    """Attention and a two-layer perceptron, normalised before each."""

    def __init__(self, width: int, heads: int, ratio: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.merge = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(
            nn.Linear(width, ratio * width), nn.GELU(), nn.Linear(ratio * width, width)
        )

    def forward(self, tokens: Tensor) -> Tensor:
        """(n, t, width) to the same."""
        n, t, width = tokens.shape
        qkv = self.qkv(self.norm1(tokens)).reshape(n, t, 3, self.heads, width // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        # Written out: for so few tokens the fused kernel takes twice as long on a CPU.
        mixed = (q * q.shape[-1] ** -0.5 @ k.transpose(-2, -1)).softmax(-1) @ v
        tokens = tokens + self.merge(mixed.transpose(1, 2).reshape(n, t, width))
        return tokens + self.mlp(self.norm2(tokens))


class VisionTransformer(nn.Module):
    """Patches of 8 x 8 pixels, `depth` blocks, mean of the tokens, an embedding.

    The patches are cut by a stack of strided 3 x 3 convolutions in place of one 8 x 8 (Xiao et al.
    2021, https://arxiv.org/abs/2106.14881), which lets a small transformer learn from few images.

    Args:
        dimension: length of the embedding.
        side: side of the images, pixels; a multiple of 8.
        width: length of the tokens.
        depth: blocks.
        heads: of the attention.
    """

    def __init__(
        self, dimension: int, side: int = 64, width: int = 192, depth: int = 6, heads: int = 3
    ) -> None:
        super().__init__()
        self.patches = nn.Sequential(
            nn.Conv2d(3, width // 6, 3, 2, 1, bias=False),
            nn.BatchNorm2d(width // 6),
            nn.ReLU(inplace=True),
            nn.Conv2d(width // 6, width // 2, 3, 2, 1, bias=False),
            nn.BatchNorm2d(width // 2),
            nn.ReLU(inplace=True),
            nn.Conv2d(width // 2, width, 3, 2, 1),
        )
        self.positions = nn.Parameter(torch.randn(1, (side // 8) ** 2, width) * 0.02)
        self.blocks = nn.Sequential(*(Block(width, heads, ratio=2) for _ in range(depth)))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, dimension)

    def forward(self, images: Tensor) -> Tensor:
        """(n, 3, side, side) in [0, 1] to (n, dimension)."""
        patches = self.patches(centred(images).contiguous(memory_format=torch.channels_last))
        tokens = patches.flatten(2).transpose(1, 2) + self.positions
        return self.head(self.norm(self.blocks(tokens)).mean(1))
