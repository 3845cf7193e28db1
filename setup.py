"""Puts models/, indexes/ and galleries/ into the wheel, as lookalike/shipped/."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithAssets(build_py):
    """The modules, and what settings.py looks for beside them; an editable install has it."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        shipped = Path(self.build_lib, "lookalike", "shipped")
        shutil.rmtree(
            shipped, ignore_errors=True
        )  # an earlier build's, where files have gone since
        for name in ("models", "indexes", "galleries"):
            shutil.copytree(name, shipped / name)


setup(cmdclass={"build_py": BuildWithAssets})
