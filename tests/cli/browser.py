# SPDX-License-Identifier: MIT
"""A headless Chromium, spoken to over two pipes by its DevTools protocol."""

import base64
import json
import os
import shutil
import subprocess

NAMES = "chromium", "chromium-browser", "google-chrome", "chrome"
SECONDS = 60


def find():
    """Its path, or None."""
    return os.environ.get("REFSAN_CHROMIUM") or next(
        filter(None, map(shutil.which, NAMES)), None)


def move_to_3_and_4(reading, writing):
    """Where Chromium looks for them; whatever they were before."""
    high = [os.dup2(fd, number) for fd, number in ((reading, 64),
                                                   (writing, 65))]
    os.dup2(high[0], 3)
    os.dup2(high[1], 4)


class Browser:
    def __init__(self, folder, width=1400, height=1000):
        theirs, self.writer = os.pipe()
        self.reader, its = os.pipe()
        self.process = subprocess.Popen(
            [find(), "--headless=new", "--remote-debugging-pipe",
             "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
             "--no-first-run", "--disable-extensions", "--mute-audio",
             f"--window-size={width},{height}",
             f"--user-data-dir={folder}", "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=lambda: move_to_3_and_4(theirs, its), close_fds=False)
        os.close(theirs)
        os.close(its)
        self.rest, self.number, self.events = b"", 0, []
        target = next(row for row in self.send("Target.getTargets")[
            "targetInfos"] if row["type"] == "page")
        self.session = None
        self.session = self.send("Target.attachToTarget",
                                 targetId=target["targetId"],
                                 flatten=True)["sessionId"]
        for domain in "Page", "Runtime", "Log", "Network":
            self.send(f"{domain}.enable")

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.writer)
        os.close(self.reader)

    def _read(self):
        while b"\0" not in self.rest:
            block = os.read(self.reader, 1 << 16)
            if not block:
                raise EOFError("the browser has ended")
            self.rest += block
        line, _, self.rest = self.rest.partition(b"\0")
        return json.loads(line)

    def send(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if getattr(self, "session", None):
            message["sessionId"] = self.session
        os.write(self.writer, json.dumps(message).encode() + b"\0")
        while (answer := self._read()).get("id") != self.number:
            self.events.append(answer)
        if "error" in answer:
            raise ValueError(f"{method}: {answer['error']}")
        return answer["result"]

    def wait(self, method):
        """Until this event has come."""
        while not any(event.get("method") == method
                      for event in self.events):
            self.events.append(self._read())

    def open(self, path):
        self.events.clear()
        self.send("Page.navigate", url=path.resolve().as_uri())
        self.wait("Page.loadEventFired")

    def run(self, script):
        """The value of an expression, or of what it promises."""
        answer = self.send("Runtime.evaluate", expression=script,
                           awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise ValueError(answer["exceptionDetails"])
        return answer["result"].get("value")

    def text(self, selector):
        return self.run(f"document.querySelector({json.dumps(selector)})"
                        ".textContent")

    def until(self, condition):
        """Until the condition holds, as each frame is drawn."""
        self.run("new Promise(done => { const look = () => "
                 f"({condition}) ? done(true) : requestAnimationFrame(look);"
                 " look(); })")

    def key(self, key, text=""):
        for sort in "keyDown", "keyUp":
            self.send("Input.dispatchKeyEvent", type=sort, key=key,
                      text=text if sort == "keyDown" else "")

    def type(self, words):
        for char in words:
            self.key(char, char)

    def click(self, selector):
        x, y = self.run(
            f"(() => {{ const box = document.querySelector("
            f"{json.dumps(selector)}).getBoundingClientRect(); return "
            "[box.x + box.width / 2, box.y + box.height / 2]; })()")
        for sort in "mousePressed", "mouseReleased":
            self.send("Input.dispatchMouseEvent", type=sort, x=x, y=y,
                      button="left", clickCount=1)

    def theme(self, name):
        self.send("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": name}])

    def picture(self, path):
        path.write_bytes(base64.b64decode(
            self.send("Page.captureScreenshot")["data"]))

    def complaints(self):
        """Errors of scripts, of the page's policy, and requests that were
        made of anybody else."""
        self.run("1")  # what was said before is here now
        found = [event["params"] for event in self.events
                 if event.get("method") in ("Runtime.exceptionThrown",
                                            "Log.entryAdded")]
        found += [event["params"]["request"]["url"] for event in self.events
                  if event.get("method") == "Network.requestWillBeSent"
                  and event["params"].get("type") != "Document"]
        return found
