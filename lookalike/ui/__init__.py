"""The Gradio page: layout, cards, wiring; no search logic."""
