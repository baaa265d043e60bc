# SPDX-License-Identifier: MIT
from setuptools import Extension, setup

setup(ext_modules=[Extension("recipe", ["recipe.c"])])
