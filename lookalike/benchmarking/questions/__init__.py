"""The questions that `make bench` asks beside those of the command line, one file each."""
