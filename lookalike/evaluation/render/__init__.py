"""A report as files, as a page, as plots, in the terminal, and its verdict in words."""
