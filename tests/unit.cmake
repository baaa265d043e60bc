# SPDX-License-Identifier: MIT
# unit/<module>_test.c and stress/<module>_stress.c: plain programs without
# Python, linked with the runtime. A module of interpose/ is compiled in when
# the test is named after it.

function(refsan_add_program folder suffix timeout)
    file(GLOB sources CONFIGURE_DEPENDS ${folder}/*_${suffix}.c)
    foreach(source IN LISTS sources)
        get_filename_component(name ${source} NAME_WE)
        string(REGEX REPLACE "_${suffix}$" "" module ${name})
        set(door ${PROJECT_SOURCE_DIR}/interpose/${module}.c)
        add_executable(${name} ${source})
        if(EXISTS ${door})
            target_sources(${name} PRIVATE ${door})
        endif()
        target_include_directories(${name} PRIVATE
            ${CMAKE_CURRENT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR}/unit)
        target_link_libraries(${name} PRIVATE refsan_core)
        add_test(NAME ${folder}.${module} COMMAND ${name})
        set_tests_properties(${folder}.${module} PROPERTIES
            LABELS ${folder} TIMEOUT ${timeout})
    endforeach()
endfunction()

refsan_add_program(unit test 30)

# The tests' own tools.
file(GLOB scripts CONFIGURE_DEPENDS unit/*_test.py)
foreach(script IN LISTS scripts)
    get_filename_component(name ${script} NAME_WE)
    string(REGEX REPLACE "_test$" "" module ${name})
    add_test(NAME unit.${module} COMMAND ${Python3_EXECUTABLE} ${script})
    set_tests_properties(unit.${module} PROPERTIES LABELS unit TIMEOUT 30)
endforeach()

refsan_add_program(stress stress 120)
