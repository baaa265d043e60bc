# SPDX-License-Identifier: MIT
"""What Python code does to a container of which race.c borrows the item:
{name: (how to make the container, how to change it)}. Objects that only the
container holds, made by the thread that changes it."""

import threading


class Attribute:
    pass


class Slot:
    __slots__ = ("x",)

    def __init__(self):
        self.x = object()


def attributes():
    """Of an object: the dict."""
    owner = Attribute()
    owner.x = object()
    owner.__dict__["owner"] = owner
    return owner.__dict__


def set_attribute(attributes):
    attributes["owner"].x = None


def delete_attribute(attributes):
    del attributes["owner"].x


def set_item(container):
    container[0] = None


def set_slice(container):
    container[0:1] = []


def delete_item(container):
    del container[0]


def set_key(container):
    container["x"] = None


def delete_key(container):
    del container["x"]


def set_slot(owner):
    owner.x = None


def delete_slot(owner):
    del owner.x


def a_list():
    return [object()]


def a_dict():
    return {"x": object()}


CHANGES = {
    "list[0] = …": (a_list, set_item),
    "list[0:1] = …": (a_list, set_slice),
    "del list[0]": (a_list, delete_item),
    "list.pop": (a_list, list.pop),
    "list.clear": (a_list, list.clear),
    "dict['x'] = …": (a_dict, set_key),
    "del dict['x']": (a_dict, delete_key),
    "dict.pop": (a_dict, lambda container: container.pop("x")),
    "dict.clear": (a_dict, dict.clear),
    "object.x = …": (attributes, set_attribute),
    "del object.x": (attributes, delete_attribute),
    "slot.x = …": (Slot, set_slot),
    "del slot.x": (Slot, delete_slot),
}


def run(race, name, how="borrowed", order="none"):
    make, change = CHANGES[name]
    race.run(how, order, False, make(), change)


def copy(method, is_ordered=False):
    """A thread copies an object, the caller changes it. A flag that is polled
    orders nothing that could be seen."""
    owner, is_done = Slot(), []

    def work():
        method(owner)
        is_done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    if is_ordered:
        thread.join()
    while not is_done:
        pass
    owner.x = None
    thread.join()
