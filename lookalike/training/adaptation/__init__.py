"""Adaptation: two linear layers over a frozen encoder, trained on the labels of a gallery.

The first is the feature layer, whose output is searched by; the second is the classifier, which is
needed while training only.
"""
