"""The subject detector: what it learns from is drawn here, and here it is judged."""
