"""What engines and methods cost, measured: speed, memory and files, beside how much they find."""
