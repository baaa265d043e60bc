# SPDX-License-Identifier: MIT
# contract/*.py: properties of the whole; options/<name>.py: what each option
# does, with a real interpreter; cli/test_*.py: the command; faults/test_*.py:
# surroundings that fail; tsan/test_*.py: ThreadSanitizer; cores/test_*.py: core
# files. A script passes by exiting with 0; 77 says that something it needs is
# not here.

find_program(REFSAN_CXX NAMES c++ g++ clang++ DOC "compiles public headers")
set(objects ${PROJECT_BINARY_DIR}/CMakeFiles)
set(contract_environment
    CC=${CMAKE_C_COMPILER} CXX=${REFSAN_CXX}
    CMAKE=${CMAKE_COMMAND} REFSAN_BUILD=${PROJECT_BINARY_DIR}
    REFSAN=${PROJECT_BINARY_DIR}/refsan REFSAN_TABLES=${tables}
    REFSAN_LIBRARY=$<TARGET_FILE:refsan>
    REFSAN_OBJECTS=${objects}/refsan_core.dir:${objects}/refsan.dir
    REFSAN_EXPORTS=${PROJECT_BINARY_DIR}/exports.map
    REFSAN_EMBEDDED=$<TARGET_FILE:refsan_embedded>
    EMBEDDED_CRASH=$<TARGET_FILE:embedded_core>
    PYTHON=${refsan_python} PYTHON_INCLUDE=${refsan_python_include})

function(refsan_add_script name script)
    set(folder ${CMAKE_CURRENT_BINARY_DIR}/scripts/${name})
    file(MAKE_DIRECTORY ${folder})
    add_test(NAME ${name} COMMAND ${Python3_EXECUTABLE} ${script}
        WORKING_DIRECTORY ${folder})
    set_tests_properties(${name} PROPERTIES LABELS "${ARGN}" TIMEOUT 300
        SKIP_RETURN_CODE 77 ENVIRONMENT "${contract_environment}")
endfunction()

# faults/test_*.py, tsan/test_*.py, cores/test_core*.py: also with the first
# free-threaded interpreter there is.
function(refsan_add_fault script)
    get_filename_component(name ${script} NAME_WE)
    get_filename_component(folder ${script} DIRECTORY)
    get_filename_component(folder ${folder} NAME)
    refsan_add_script(${folder}.${name} ${script} ${folder})
    if(refsan_free_threaded)
        list(APPEND contract_environment PYTHON=${refsan_free_threaded}
            PYTHON_INCLUDE=${refsan_free_threaded_include})
        refsan_add_script(${folder}.${name}.ft ${script} ${folder} ft)
    endif()
endfunction()

file(GLOB scripts CONFIGURE_DEPENDS
    contract/*.py options/*.py cli/test_*.py cores/test_*.py)
list(FILTER scripts EXCLUDE REGEX /cores/test_core)
if(NOT refsan_python)
    list(FILTER scripts EXCLUDE REGEX /options/)
endif()
foreach(script IN LISTS scripts)
    get_filename_component(name ${script} NAME_WE)
    get_filename_component(folder ${script} DIRECTORY)
    get_filename_component(folder ${folder} NAME)
    refsan_add_script(${folder}.${name} ${script} ${folder})
endforeach()
file(GLOB faults CONFIGURE_DEPENDS
    faults/test_*.py tsan/test_*.py cores/test_core*.py)
foreach(script IN LISTS faults)
    refsan_add_fault(${script})
endforeach()
refsan_add_script(contract.layers ${PROJECT_SOURCE_DIR}/scripts/layers.py
    contract)
# Only a build that can switch exemptions off (the preset `mutations`).
if(REFSAN_MUTATIONS)
    add_test(NAME contract.mutations COMMAND ${Python3_EXECUTABLE}
        ${PROJECT_SOURCE_DIR}/scripts/mutate --is-built)
    set_tests_properties(contract.mutations PROPERTIES
        LABELS contract TIMEOUT 900 RUN_SERIAL TRUE)
endif()
