/* SPDX-License-Identifier: MIT */
/* os.fork while other threads hold references: in the child nobody gives those
 * back, and it uses, collects and ends with objects of threads it does not
 * have.
 *
 * trap: a child that collects a lost thread's objects
 * run:
 *   import gc, os, sys, t, threading, warnings
 *   warnings.simplefilter("ignore")
 *   made, started, may_end = [], threading.Event(), threading.Event()
 *   def hold():
 *       mine = [[number] for number in range(50)]
 *       made.extend(mine)
 *       mine[0].append(mine)
 *       started.set()
 *       may_end.wait()
 *   thread = threading.Thread(target=hold)
 *   thread.start()
 *   started.wait()
 *   child = os.fork()
 *   for one in made:
 *       t.use(one)
 *   del made[:], one
 *   gc.collect()
 *   t.use_elsewhere([1])
 *   if child == 0:
 *       t.entered("a child that collects a lost thread's objects",
 *                 threading.active_count() == 1 and not made)
 *       sys.exit(0)
 *   may_end.set()
 *   thread.join()
 *   assert os.waitpid(child, 0)[1] == 0
 */
#include "ext_use.h"

EXT_MODULE(t, EXT_USE EXT_TRAPS)
