# pip installs for one Python, and the command may be run by another; a tree
# that was moved keeps these places.


def find_package():
    above = os.path.dirname(HERE)
    libraries = [os.path.join(above, name, version)
                 for name in ("lib", "lib64")
                 for version in _list(os.path.join(above, name))
                 if version.startswith(("python", "pypy"))]
    own = "python%d.%d" % sys.version_info[:2]
    libraries.sort(key=lambda path: os.path.basename(path) != own)
    for folder in [*(os.path.join(library, name) for library in libraries
                     for name in ("site-packages", "dist-packages")), above]:
        if os.path.isfile(os.path.join(folder, "refsan", "tables.json")):
            return folder
    sys.exit(f"refsan: its package is not beside {HERE}: install it again")


def _list(folder):
    try:
        return os.listdir(folder)
    except OSError:
        return []


sys.path.insert(0, find_package())
