# SPDX-License-Identifier: MIT
"""Files and lines for the addresses in reports."""
