"""The figures as Markdown: benchmarks/README.md."""
