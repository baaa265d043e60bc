# SPDX-License-Identifier: MIT
# The standard library's extension modules, imported and used: what they keep,
# they keep in module state, in static types, and in each other.
#
# trap: extension modules imported and used
# options: leaks=1
import importlib
import sys

NAMES = """_asyncio _ctypes _datetime _decimal _elementtree _json _pickle _socket
_sqlite3 _ssl _struct _zoneinfo array asyncio binascii bz2 concurrent.futures
csv ctypes curses datetime decimal email.message fcntl functools hashlib
http.client json logging lzma math mmap multiprocessing pickle queue random re
readline resource select socket sqlite3 ssl statistics struct subprocess
tempfile termios threading unicodedata unittest uuid xml.etree.ElementTree
zlib zoneinfo"""


def load(name):
    try:
        return importlib.import_module(name)
    except ImportError:  # built without it
        return None


has = {name: load(name) for name in NAMES.split()}


def use_json():
    json = has["json"]
    for i in range(50):
        json.loads(json.dumps({"a": [i, 2.5, None, "x"], "b": {"c": i}}))


def use_decimal():
    decimal = has["decimal"]
    return [decimal.Decimal(i) / 7 for i in range(100)]


def use_sqlite3():
    connection = has["sqlite3"].connect(":memory:")
    connection.execute("create table t(a, b)")
    connection.executemany("insert into t values(?, ?)",
                           [(i, str(i)) for i in range(100)])
    connection.create_function("next", 1, lambda number: number + 1)
    list(connection.execute("select next(a), b from t"))
    connection.close()


def use_ctypes():
    ctypes = has["ctypes"]

    class Pair(ctypes.Structure):
        _fields_ = [("a", ctypes.c_int), ("b", ctypes.POINTER(ctypes.c_char))]

    ctypes.pointer(Pair())
    ctypes.CDLL(None).strlen(b"abc")
    ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)(lambda number: number)(3)


def use_asyncio():
    asyncio = has["asyncio"]

    async def work():
        return await asyncio.gather(*map(asyncio.sleep, [0.001] * 10))

    asyncio.run(work())


def use_elementtree():
    trees = has["xml.etree.ElementTree"]
    trees.tostring(trees.fromstring("<a><b x='1'>text</b></a>"))


def use_pickle():
    pickle = has["pickle"]
    pickle.loads(pickle.dumps([{"a": (1, 2)}, {3}, has["datetime"].date.today()]))


def use_threads():
    with has["concurrent.futures"].ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda i: has["hashlib"].sha256(b"%d" % i), range(100)))


def use_unittest():
    unittest = has["unittest"]

    class Case(unittest.TestCase):
        def test_right(self):
            with self.assertRaises(ValueError):
                int("x")

        def test_wrong(self):
            self.fail("expected")

    with open("/dev/null", "w") as nowhere:
        unittest.TextTestRunner(stream=nowhere).run(
            unittest.defaultTestLoader.loadTestsFromTestCase(Case))


used = []
for function in list(globals().values()):
    if getattr(function, "__name__", "").startswith("use_"):
        try:
            function()
            used.append(function)
        except AttributeError as error:  # of a module that is not there
            print(function.__name__, error, file=sys.stderr)
if sum(map(bool, has.values())) > 40 and len(used) > 6:
    print("entered: extension modules imported and used")
