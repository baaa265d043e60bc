# SPDX-License-Identifier: MIT
"""Many reports as few bugs: readers of findings and of other tools' logs,
grouping, ranking, and what is written of it (refsan triage, docs/triage.md).

  sources -> readers -> grouping -> views -> formats

A report is a finding as docs/json.md has it, with `source`; what other tools
say is put into the same members, as far as they say it."""
