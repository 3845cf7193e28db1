"""The page's theme: warm paper, dark ink, one vermilion accent; system fonts, since a server may
have no network to fetch others from.
"""

import gradio as gr
from gradio.themes import Color

INK = Color(
    c50="#f7f6f2",
    c100="#eeece5",
    c200="#dedbd1",
    c300="#c3bfb2",
    c400="#98948a",
    c500="#6f6c64",
    c600="#56534d",
    c700="#3c3a36",
    c800="#282725",
    c900="#1c1b1a",
    c950="#131312",
)
VERMILION = Color(
    c50="#fdf3ee",
    c100="#fbe3d8",
    c200="#f6c4ae",
    c300="#ef9d7c",
    c400="#e67549",
    c500="#d64e22",
    c600="#b83d16",
    c700="#963113",
    c800="#742814",
    c900="#5a2113",
    c950="#301008",
)
SANS = ("ui-sans-serif", "system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif")
MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")


class Lookalike(gr.themes.Base):
    """Gradio's parts in the page's colours; what is the page's own is in assets/page.css."""

    def __init__(self) -> None:
        super().__init__(
            primary_hue=VERMILION,
            secondary_hue=INK,
            neutral_hue=INK,
            radius_size=gr.themes.sizes.radius_md,
            font=SANS,
            font_mono=MONO,
        )
        self.set(
            body_background_fill="*neutral_50",
            body_background_fill_dark="*neutral_950",
            background_fill_primary="white",
            background_fill_primary_dark="*neutral_900",
            block_background_fill="white",
            block_background_fill_dark="*neutral_900",
            block_border_color="*neutral_200",
            block_border_color_dark="*neutral_800",
            block_shadow="none",
            block_label_text_color="*neutral_600",
            block_title_text_weight="600",
            button_primary_background_fill="*primary_600",
            button_primary_background_fill_hover="*primary_700",
            button_primary_background_fill_dark="*primary_500",
            button_primary_text_color="white",
            input_background_fill="*neutral_50",
            input_background_fill_dark="*neutral_950",
            checkbox_background_color_selected="*primary_600",
            checkbox_label_background_fill="*neutral_50",
            checkbox_label_background_fill_dark="*neutral_950",
            slider_color="*primary_500",
        )
