"""What answers: systems, their rankings of the gallery, and what those are worth and cost."""
