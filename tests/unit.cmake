# SPDX-License-Identifier: MIT
# unit/<module>_test.c and stress/<module>_stress.c: plain programs without
# Python, linked with the runtime. A module of interpose/ is compiled in when
# the test is named after it.
#
# Each is there twice: as it is, and with sanitizers; ASan and UBSan for unit
# tests (unit.<module>.asan), TSan for stress tests (stress.<module>.tsan). A
# build that has REFSAN_SANITIZE set needs no second one.

function(refsan_add_sanitized name)
    get_target_property(sources refsan_core SOURCES)
    list(TRANSFORM sources PREPEND ${PROJECT_SOURCE_DIR}/
        REGEX "^[^/]")
    add_library(${name} STATIC EXCLUDE_FROM_ALL ${sources})
    target_compile_definitions(${name} PUBLIC REFSAN_DEBUG)
    target_compile_options(${name} PUBLIC
        -O1 -fno-sanitize-recover=all ${ARGN})
    target_link_options(${name} PUBLIC ${ARGN})
    target_link_libraries(${name} PUBLIC refsan_build refsan_libunwind)
endfunction()

function(refsan_add_program source core test label timeout)
    get_filename_component(program ${source} NAME_WE)
    string(REGEX REPLACE "_[a-z]+$" "" module ${program})
    set(door ${PROJECT_SOURCE_DIR}/interpose/${module}.c)
    string(REGEX REPLACE "^[^.]+\\.[^.]+" ${program} target ${test})
    string(REPLACE . _ target ${target}) # lost_test, lost_test_asan
    add_executable(${target} ${source})
    # A test may pretend to be an interpreter (unit/fake_cpython.h).
    set_target_properties(${target} PROPERTIES ENABLE_EXPORTS ON)
    if(EXISTS ${door})
        target_sources(${target} PRIVATE ${door})
    endif()
    target_include_directories(${target} PRIVATE
        ${CMAKE_CURRENT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR}/unit)
    target_link_libraries(${target} PRIVATE ${core})
    add_test(NAME ${test} COMMAND ${target})
    set_tests_properties(${test} PROPERTIES LABELS "${label}" TIMEOUT ${timeout})
endfunction()

function(refsan_add_programs folder suffix timeout sanitizer)
    file(GLOB sources CONFIGURE_DEPENDS ${folder}/*_${suffix}.c)
    foreach(source IN LISTS sources)
        get_filename_component(name ${source} NAME_WE)
        string(REGEX REPLACE "_${suffix}$" "" module ${name})
        set(test ${folder}.${module})
        refsan_add_program(${source} refsan_core ${test} ${folder} ${timeout})
        if(NOT REFSAN_SANITIZE)
            refsan_add_program(${source} refsan_core_${sanitizer}
                ${test}.${sanitizer} "${folder};${sanitizer}" ${timeout})
        endif()
    endforeach()
endfunction()

if(NOT REFSAN_SANITIZE)
    refsan_add_sanitized(refsan_core_asan -fsanitize=address,undefined)
    refsan_add_sanitized(refsan_core_tsan -fsanitize=thread)
    # gcc warns of each fence, which TSan does not understand. What the runtime
    # orders by one is read atomically, so TSan has no complaint to make.
    target_compile_options(refsan_core_tsan PUBLIC
        $<$<C_COMPILER_ID:GNU>:-Wno-tsan>)
endif()
if(NOT REFSAN_SANITIZE MATCHES thread)
    refsan_add_programs(unit test 30 asan)
endif()
refsan_add_programs(stress stress 120 tsan)

# The tests' own tools.
file(GLOB scripts CONFIGURE_DEPENDS unit/*_test.py)
foreach(script IN LISTS scripts)
    get_filename_component(name ${script} NAME_WE)
    string(REGEX REPLACE "_test$" "" module ${name})
    add_test(NAME unit.${module} COMMAND ${Python3_EXECUTABLE} ${script})
    set_tests_properties(unit.${module} PROPERTIES LABELS unit TIMEOUT 30
        ENVIRONMENT REFSAN_TABLES=${tables})
endforeach()
