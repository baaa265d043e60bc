# SPDX-License-Identifier: MIT
"""What watched processes say (report/report_summary.c), and what the command
makes of it: reports as they come, files, totals."""
