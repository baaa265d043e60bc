# SPDX-License-Identifier: MIT
"""Findings as short reports for people: functions from a finding
(docs/json.md) and a page to text. Nothing is kept."""
