"""What is asked: images of which it is known, or can be looked up, what is relevant to them."""
