"""Side-by-side image similarity search: one photo, every method, an honest comparison."""

__version__ = "0.1.0"
