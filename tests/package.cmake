# SPDX-License-Identifier: MIT
# package/: the wheel and the source distribution, built as scripts/wheel builds
# them, installed as users install them. test_build.py makes them for the others,
# which are skipped, visibly, where they could not be made.
set(distributions ${CMAKE_CURRENT_BINARY_DIR}/distributions)
file(GLOB package_tests CONFIGURE_DEPENDS package/test_*.py)
foreach(script IN LISTS package_tests)
    get_filename_component(name ${script} NAME_WE)
    refsan_add_script(package.${name} ${script} package)
    set_property(TEST package.${name} APPEND PROPERTY ENVIRONMENT
        DISTRIBUTIONS=${distributions})
    set_tests_properties(package.${name} PROPERTIES TIMEOUT 1800)
    if(NOT name STREQUAL "test_build")
        set_tests_properties(package.${name} PROPERTIES
            DEPENDS package.test_build)
    endif()
endforeach()
