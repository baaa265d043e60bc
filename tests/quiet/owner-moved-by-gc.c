/* SPDX-License-Identifier: MIT */
/* The collector of one thread takes over garbage of another: no call says so,
 * and counts are merged and one too high while finalizers run, some of which
 * bring their object back to life.
 *
 * trap: garbage of another thread that is collected and lives
 * run:
 *   import gc, t, threading
 *   gc.disable()
 *   kept, makers, collectors = [], set(), set()
 *   class Node:
 *       def __del__(self):
 *           t.use(self)
 *           t.use_elsewhere(self)
 *           kept.append(self)
 *           collectors.add(threading.get_ident())
 *   def make():
 *       makers.add(threading.get_ident())
 *       for _ in range(20):
 *           node = Node()
 *           node.me = node
 *           t.use(node)
 *   ended = threading.Thread(target=make)
 *   ended.start()
 *   ended.join()
 *   made, may_end = threading.Event(), threading.Event()
 *   living = threading.Thread(
 *       target=lambda: (make(), made.set(), may_end.wait()))
 *   living.start()
 *   made.wait()
 *   gc.collect()
 *   t.entered("garbage of another thread that is collected and lives",
 *             len(kept) == 40 and makers.isdisjoint(collectors))
 *   for node in kept:
 *       t.use(node)
 *       t.use_elsewhere(node)
 *       del node.me
 *   del node
 *   while kept:
 *       kept.pop()
 *   may_end.set()
 *   living.join()
 *   gc.collect()
 */
#include "ext_use.h"

EXT_MODULE(t, EXT_USE EXT_TRAPS)
