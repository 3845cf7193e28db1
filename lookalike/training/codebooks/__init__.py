"""What SIFT and ORB count local features by: gathered, fitted, written."""
