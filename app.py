"""The Space's entry point: settings in, page out."""

from lookalike.ui.launch import serve

if __name__ == "__main__":
    serve()
