"""What `make bench` runs. One file per question; the tables it last wrote are in README.md."""
