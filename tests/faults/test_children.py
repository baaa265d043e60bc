# SPDX-License-Identifier: MIT
"""Programs that are started with an environment of their own are watched, have
the environment that they were given, and those that cannot be watched are
said."""

import json
import os
import pathlib
import shutil
import subprocess

from runs import (FOLDER, FOUND, LIBRARY, RunTest, clean_environment,
                  compile_c, main, on_each)

SHOW = "import json, os; print(json.dumps(dict(os.environ)))"
START = """
import json, subprocess, sys
environment = json.loads(sys.argv[1])
done = subprocess.run(sys.argv[2:], env=environment)
sys.exit(done.returncode)
"""
# Each way to start argv[2] with the arguments behind it and no environment.
WAYS = ["execve", "execv", "execvp", "execvpe", "execl", "execlp", "execle",
        "fexecve", "execveat", "execveat-fd", "posix_spawn", "posix_spawnp",
        "system", "popen", "vfork"]
STARTER = r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char *empty[] = {NULL};

static int
wait_for(pid_t pid)
{
    int status = 1;
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 99;
}

int
main(int argc, char **argv)
{
    const char *way = argv[1], *path = argv[2], *name = strrchr(path, '/') + 1;
    char **rest = argv + 2;
    pid_t pid;
    char folder[4096], command[9000];

    (void)argc;
    snprintf(folder, sizeof(folder), "PATH=%.*s", (int)(name - path), path);
    clearenv();
    if (strcmp(way, "execvp") == 0 || strcmp(way, "execlp") == 0 ||
        strcmp(way, "execvpe") == 0 || strcmp(way, "posix_spawnp") == 0)
        putenv(folder);
    if (strcmp(way, "execve") == 0)
        execve(path, rest, empty);
    if (strcmp(way, "execv") == 0)
        execv(path, rest);
    if (strcmp(way, "execvp") == 0)
        execvp(name, rest);
    if (strcmp(way, "execvpe") == 0)
        execvpe(name, rest, empty);
    if (strcmp(way, "execl") == 0)
        execl(path, rest[0], rest[1], rest[2], (char *)NULL);
    if (strcmp(way, "execlp") == 0)
        execlp(name, rest[0], rest[1], rest[2], (char *)NULL);
    if (strcmp(way, "execle") == 0)
        execle(path, rest[0], rest[1], rest[2], (char *)NULL, empty);
    if (strcmp(way, "fexecve") == 0)
        fexecve(open(path, O_RDONLY | O_CLOEXEC), rest, empty);
    if (strcmp(way, "execveat") == 0)
        execveat(AT_FDCWD, path, rest, empty, 0);
    if (strcmp(way, "execveat-fd") == 0)
        execveat(open(path, O_RDONLY | O_CLOEXEC), "", rest, empty,
                 AT_EMPTY_PATH);
    if (strcmp(way, "posix_spawn") == 0 &&
        posix_spawn(&pid, path, NULL, NULL, rest, empty) == 0)
        return wait_for(pid);
    if (strcmp(way, "posix_spawnp") == 0 &&
        posix_spawnp(&pid, name, NULL, NULL, rest, empty) == 0)
        return wait_for(pid);
    snprintf(command, sizeof(command), "'%s' %s '%s'", path, rest[1], rest[2]);
    if (strcmp(way, "system") == 0)
        return system(command);
    if (strcmp(way, "popen") == 0)
        return pclose(popen(command, "r"));
    if (strcmp(way, "vfork") == 0) {
        pid = vfork();
        if (pid == 0) {
            execve(path, rest, empty);
            _exit(98);
        }
        return wait_for(pid);
    }
    return 97;
}
"""
NOTHING = "int main(void) { return 0; }\n"
PYTHON_INSIDE = """
static const char *volatile name = "PYTHONHOME";
int main(void) { return name == 0; }
"""


def arguments(python, environment, *command):
    return [python.path, "-I", "-c", START, json.dumps(environment), *command]


class Children(RunTest):
    def start(self, python, environment, *command, **more):
        return self.refsan(*arguments(python, environment, *command), **more)

    @on_each(FOUND)
    def test_an_empty_environment(self, python):
        done = self.start(python, {}, python.path, "-I", "-c", SHOW)
        self.assertIn(" in 2 processes;", done.stderr)
        plain = subprocess.run(
            arguments(python, {}, python.path, "-I", "-c", SHOW),
            text=True, capture_output=True, env=clean_environment())
        self.assertEqual(json.loads(done.stdout),
                         json.loads(plain.stdout))

    def test_every_way_to_start_a_program(self):
        starter = compile_c(STARTER, "starter")
        for way in WAYS:
            with self.subTest(way):
                done = self.refsan(starter, way, FOUND[0].path, "-I",
                                   "-cimport math")
                self.assertIn(" in 1 process;", done.stderr)

    @on_each(FOUND)
    def test_the_children_of_children(self, python):
        """Their own environment does not have what their parents lacked."""
        code = ("import subprocess, sys; "
                "subprocess.run([sys.executable, '-I', '-c', ''])")
        done = self.start(python, {}, python.path, "-I", "-c", code)
        self.assertIn(" in 3 processes;", done.stderr)

    def test_what_a_shell_starts(self):
        """Its command is the program's, whatever is put before it."""
        code = ("import os\n"
                "for name in list(os.environ):\n"
                "    if name.startswith(('LD_PRE', 'REFSAN_')):\n"
                "        del os.environ[name]\n"
                "print(os.system('echo \"it\\'s\" $0; env | grep -c -e REFSAN_"
                " -e LD_PRE; exit 7') >> 8, flush=True)")
        python = FOUND[0]
        done = self.refsan(python.path, "-I", "-c", code, options=[
            "--option", "strip_path_prefix=it's"])
        self.assertEqual(done.stdout, "it's sh\n0\n7\n")

    def test_options_arrive(self):
        python = FOUND[0]
        done = self.start(python, {}, python.path, "-I", "-c", "",
                          options=["--option", "verbosity=1"])
        self.assertEqual(done.stderr.count("refsan: watching"), 2)

    def test_what_was_given_wins(self):
        python = FOUND[0]
        given = {"REFSAN_OPTIONS": "verbosity=0", "A": "b"}
        done = self.start(python, given, python.path, "-I", "-c", SHOW,
                          options=["--option", "verbosity=1"])
        self.assertEqual(done.stderr.count("refsan: watching"), 1)
        seen = json.loads(done.stdout)
        self.assertLessEqual(given.items(), seen.items())
        self.assertNotIn("REFSAN_ADDED", seen)

    @on_each(FOUND)
    def test_another_preload_stays(self, python):
        other = compile_c("", "libother.so", "-shared", "-fPIC", "-nostdlib")
        show = (f"{SHOW}; print('libother.so' in "
                "open('/proc/self/maps').read())")
        done = self.start(python, {"LD_PRELOAD": other}, python.path, "-I",
                          "-c", show)
        environment, is_loaded = done.stdout.splitlines()
        self.assertEqual(json.loads(environment)["LD_PRELOAD"], other)
        self.assertEqual(is_loaded, "True")
        self.assertIn(" in 2 processes;", done.stderr)

    @on_each(FOUND)
    def test_a_large_environment(self, python):
        given = {f"NAME{number}": "value" for number in range(5000)}
        done = self.start(python, {}, python.path, "-I", "-c",
                          START, json.dumps(given), python.path, "-I",
                          "-c", SHOW)
        self.assertLessEqual(given.items(),
                             json.loads(done.stdout).items())
        self.assertIn(" in 3 processes;", done.stderr)

    @on_each(FOUND)
    def test_no_follow(self, python):
        done = self.start(python, {}, python.path, "-I", "-c", "",
                          options=["--no-follow"])
        self.assertIn(" in 1 process;", done.stderr)

    @on_each(FOUND)
    def test_errors_are_the_systems(self, python):
        code = ("import os\n"
                "for path in '/no/file', '/etc/passwd', '/':\n"
                "    try:\n"
                "        os.execve(path, ['x'], {})\n"
                "    except OSError as error:\n"
                "        print(type(error).__name__)\n")
        done = self.refsan(python.path, "-I", "-c", code)
        self.assertEqual(done.stdout.split(), [
            "FileNotFoundError", "PermissionError", "PermissionError"])
        self.assertNotIn("without refsan", done.stderr)


class Unwatched(RunTest):
    def check(self, program, reason):
        python = FOUND[0]
        done = self.refsan(*arguments(python, {}, program))
        self.assertIn(f"refsan: 1 program ran without refsan: {program} "
                      f"({reason})\n", done.stderr)
        done = self.refsan(*arguments(python, dict(os.environ), program))
        self.assertIn("refsan: 1 program ran without", done.stderr)
        done = self.refsan(*arguments(python, {}, program),
                           options=["--no-follow"])
        self.assertNotIn("without refsan", done.stderr)

    def need_static(self, source=PYTHON_INSIDE):
        program = compile_c(source, "static", "-static", "-s")
        if program is None:
            self.skipTest("no static C library here")
        return program

    def test_static(self):
        self.check(self.need_static(), "statically linked")

    def test_a_static_tool(self):
        """ctypes.util.find_library starts ldconfig, which is one: what has no
        Python inside hides nothing, and is said to who asks."""
        program = self.need_static(NOTHING)
        for python, variables, said in (
                (FOUND[0], {}, 0),
                (FOUND[0], {"REFSAN_OPTIONS": "verbosity=1"}, 1)):
            with self.subTest(variables):
                done = self.refsan(*arguments(python, {}, program),
                                   **variables)
                self.assertEqual(done.stderr.count(
                    f"1 program ran without refsan: {program} (statically "
                    "linked, with no word of Python in it)"), said,
                    done.stderr)
                self.assertEqual(done.stderr.count("ran without refsan"), said)
                done = subprocess.run(
                    arguments(python, {}, program), text=True,
                    capture_output=True,
                    env=clean_environment(LD_PRELOAD=LIBRARY, **variables))
                self.assertEqual(done.stderr.count(
                    "for information: 1 programs ran without refsan: "
                    "statically linked, with no word"), said, done.stderr)
                self.assertEqual(done.stderr.count("ran without refsan"), said)

    def test_a_script(self):
        script = FOLDER / "script"
        script.write_text(f"#! {self.need_static()} -x\n")
        script.chmod(0o755)
        self.check(str(script), "statically linked")

    def test_another_architecture(self):
        """ELF, but the kernel would not start it either: nothing is said of a
        program that did not run, and its error is the system's."""
        image = bytearray(pathlib.Path(compile_c(NOTHING, "here"))
                          .read_bytes())
        image[18:20] = b"\xf3\x00"  # e_machine: RISC-V
        other = FOLDER / "other"
        other.write_bytes(image)
        other.chmod(0o755)
        code = ("import os, sys\n"
                "try:\n"
                "    os.execve(sys.argv[1], ['x'], {})\n"
                "except OSError as error:\n"
                "    print(error.errno)\n")
        command = [FOUND[0].path, "-I", "-c", code, str(other)]
        plain = subprocess.run(command, text=True, capture_output=True)
        self.assertEqual(self.refsan(*command).stdout, plain.stdout)

    def test_set_uid(self):
        program = shutil.which("su")
        if os.geteuid() == 0:
            program = str(FOLDER / "trusted")
            shutil.copy(compile_c(NOTHING, "here"), program)
            os.chown(program, 65534, 65534)
            os.chmod(program, 0o4755)
        elif program is None:
            self.skipTest("no set-uid program here")
        if os.geteuid() == 0:
            self.check(program, "set-uid")
            return
        done = self.refsan(*arguments(FOUND[0], {}, program, "--version"))
        self.assertIn(f"{program} (set-uid)", done.stderr)

    def test_without_the_command(self):
        """The runtime alone counts them."""
        done = subprocess.run(
            arguments(FOUND[0], {}, self.need_static()), text=True,
            capture_output=True, env=clean_environment(LD_PRELOAD=LIBRARY))
        self.assertIn("refsan: bugs may have been missed: 1 programs ran "
                      "without refsan", done.stderr)

    def test_each_is_named_once(self):
        code = ("import subprocess, sys\n"
                "for _ in range(3): subprocess.run(sys.argv[1:], env={})")
        done = self.refsan(FOUND[0].path, "-I", "-c", code,
                           self.need_static())
        self.assertIn("refsan: 3 programs ran without refsan: "
                      f"{FOLDER}/static (statically linked) 3 times\n",
                      done.stderr)


if __name__ == "__main__":
    main()
