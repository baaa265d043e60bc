# SPDX-License-Identifier: MIT
# bugs/ and quiet/: small extension modules and Python programs, run under
# `refsan run` on every interpreter that is here. plan.py lists them;
# expect.py runs one and compares.

set(REFSAN_PYTHONS "" CACHE STRING
    "more interpreters to test with, by path")
set(python_plan ${CMAKE_CURRENT_BINARY_DIR}/plan.cmake)
set(expect ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/expect.py)
set(python_modules)

# An interpreter that is here: at least it runs. Scripts (contract.cmake) use
# the default build of 3.15; recipes.cmake the first free-threaded one, too.
function(refsan_interpreter)
    cmake_parse_arguments(the "" "NAME;PYTHON" "LABELS;INCLUDES" ${ARGN})
    if(the_NAME STREQUAL "python3.15")
        set(refsan_python ${the_PYTHON} PARENT_SCOPE)
        list(GET the_INCLUDES 0 include)
        set(refsan_python_include ${include} PARENT_SCOPE)
    endif()
    if("ft" IN_LIST the_LABELS AND NOT refsan_free_threaded)
        set(refsan_free_threaded ${the_PYTHON} PARENT_SCOPE)
        list(GET the_INCLUDES 0 include)
        set(refsan_free_threaded_include ${include} PARENT_SCOPE)
    endif()
    set(test ${the_LABELS}.${the_NAME}-present)
    add_test(NAME ${test} COMMAND ${the_PYTHON} -c "import threading")
    set_tests_properties(${test} PROPERTIES LABELS ${the_LABELS})
endfunction()

# One that is not is a skipped test, so that nobody takes its absence for
# success.
function(refsan_absent_interpreter)
    cmake_parse_arguments(the "" "NAME" "LABELS" ${ARGN})
    set(test ${the_LABELS}.${the_NAME}-present)
    add_test(NAME ${test} COMMAND ${Python3_EXECUTABLE} -c
        "import sys; print('${the_NAME} is not here'); sys.exit(77)")
    set_tests_properties(${test} PROPERTIES
        LABELS ${the_LABELS} SKIP_RETURN_CODE 77)
endfunction()

function(refsan_python_test)
    cmake_parse_arguments(the "" "NAME;SOURCE;PYTHON;VARIANT;FOLDER;OUTPUT"
        "LABELS;COMPILE" ${ARGN})
    file(MAKE_DIRECTORY ${the_FOLDER})
    if(the_OUTPUT)
        add_custom_command(OUTPUT ${the_OUTPUT}
            COMMAND ${CMAKE_C_COMPILER} ${the_COMPILE}
            DEPENDS ${the_SOURCE} ${shared_headers} ${public_headers}
            COMMENT "Module for ${the_NAME}" VERBATIM)
        set(python_modules ${python_modules} ${the_OUTPUT} PARENT_SCOPE)
    endif()
    add_test(NAME ${the_NAME} COMMAND ${expect} ${the_SOURCE}
        --python ${the_PYTHON} --variant ${the_VARIANT}
        --refsan ${PROJECT_BINARY_DIR}/refsan --library $<TARGET_FILE:refsan>
        --folder ${the_FOLDER} --is-built)
    set_tests_properties(${the_NAME} PROPERTIES LABELS "${the_LABELS}"
        ENVIRONMENT REFSAN_TABLES=${tables})
endfunction()

# A new program, or new conditions in an old one, make a new plan.
file(GLOB python_tests CONFIGURE_DEPENDS
    bugs/*.c bugs/*.cpp quiet/*.c quiet/*.cpp quiet/*.py)
file(GLOB shared_headers CONFIGURE_DEPENDS ext*.h)
file(GLOB_RECURSE public_headers CONFIGURE_DEPENDS
    ${PROJECT_SOURCE_DIR}/include/*.h)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
    ${python_tests} plan.py expect.py expectation.py interpreters.py
    rewriting.py)
execute_process(
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/plan.py
        --to ${python_plan} --folder ${CMAKE_CURRENT_BINARY_DIR}/modules
        ${REFSAN_PYTHONS}
    COMMAND_ERROR_IS_FATAL ANY)
include(${python_plan})
add_custom_target(refsan_test_modules ALL DEPENDS ${python_modules})
