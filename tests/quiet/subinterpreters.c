/* SPDX-License-Identifier: MIT */
/* Subinterpreters come and go: their objects are born and die under thread states
 * of their own, and attachment cannot be asked of PyGILState_Check any more.
 *
 * needs: >=3.13
 * trap: interpreters that come and go
 * run:
 *   import t
 *   import _interpreters
 *   code = "import sys; made = [[i] for i in range(100)]; del made"
 *   for _ in range(3):
 *       id = _interpreters.create()
 *       assert _interpreters.exec(id, code) is None
 *       assert len(_interpreters.list_all()) == 2
 *       _interpreters.destroy(id)
 *   t.entered("interpreters that come and go",
 *             id != 0 and len(_interpreters.list_all()) == 1)
 *   t.use([1])
 *   t.use_elsewhere([2])
 */
#include "ext_use.h"

EXT_MODULE(t, EXT_USE EXT_TRAPS)
