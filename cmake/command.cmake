# SPDX-License-Identifier: MIT
# The command: build/refsan runs the package in the work tree, bin/refsan the
# installed one, the wheel's script the one that pip put where it liked
# (scripts/refsan/places.py).
set(package_folder ${CMAKE_INSTALL_DATADIR}/refsan)

# It is run by the interpreter itself: one that python3 on PATH starts by way
# of a script would cost more than all the rest, and may change PATH.
set(refsan_command_python python3)
if(Python3_FOUND)
    execute_process(COMMAND ${Python3_EXECUTABLE} -I -S -c
        "import sys; print(sys.executable)"
        OUTPUT_VARIABLE refsan_command_python
        OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
endif()

function(refsan_make_command path)
    configure_file(scripts/refsan.in ${path} @ONLY
        FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE
            GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
endfunction()

function(refsan_make_command_here path from to)
    file(RELATIVE_PATH folder ${from} ${to})
    set(refsan_choose_python "python='${refsan_command_python}'")
    set(refsan_find_package
        "sys.path.insert(0, os.path.join(HERE, \"${folder}\"))")
    refsan_make_command(${path})
endfunction()

refsan_make_command_here(refsan
    ${PROJECT_BINARY_DIR} ${PROJECT_SOURCE_DIR}/scripts)
refsan_make_command_here(installed/refsan
    ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_DATADIR}/refsan)

if(SKBUILD)
    # The Python that the script stands beside, in a virtual environment.
    set(refsan_choose_python "self=$0
[ ! -L \"$self\" ] || self=$(readlink -f \"$self\")
python=\${self%/*}/python3")
    file(READ scripts/find_package.py refsan_find_package)
    refsan_make_command(wheel/refsan)
endif()
