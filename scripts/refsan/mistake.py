# SPDX-License-Identifier: MIT
"""What the user can mend: said in one line, without a traceback."""


class Mistake(Exception):
    def __init__(self, sentence, status=2):
        super().__init__(sentence)
        self.status = status
