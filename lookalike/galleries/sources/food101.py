"""Food-101: 101,000 photos of dishes in 101 classes, by Bossard, Guillaumin and Van Gool."""

from lookalike.galleries.sources.data_set import DataSet

HOME = "https://data.vision.ee.ethz.ch/cvl/datasets_extra/food-101/"


class Food101(DataSet):
    """Food-101; its own validation images, whose labels were reviewed, are held out."""

    name = "food101"
    title = "Food-101"
    about = "{count} photos of dishes in up to 101 classes; some labels of the items are wrong."
    licence = "none stated: the photos belong to their takers; for scientific fair use"
    source = HOME
    paper = f"Bossard, Guillaumin and Van Gool 2014, {HOME}static/bossard_eccv14_food-101.pdf"
    hub = "ethz/food101"
    revision = "e06acf2a88084f04bce4d4a525165d68e0a36c38"
    own_split = "validation"
