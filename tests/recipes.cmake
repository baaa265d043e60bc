# SPDX-License-Identifier: MIT
# recipes/: a small real project for each build system and binding generator,
# built with CC="refsan cc" CXX="refsan c++" and run. What is not on this machine
# comes from PyPI; without it, a recipe is a skipped test that says why.

file(GLOB recipes CONFIGURE_DEPENDS LIST_DIRECTORIES true recipes/*)
foreach(recipe IN LISTS recipes)
    if(NOT IS_DIRECTORY ${recipe} OR recipe MATCHES "__pycache__$")
        continue()
    endif()
    get_filename_component(name ${recipe} NAME)
    set(folder ${CMAKE_CURRENT_BINARY_DIR}/recipes/${name})
    file(MAKE_DIRECTORY ${folder})
    add_test(NAME recipes.${name} COMMAND ${Python3_EXECUTABLE}
        ${CMAKE_CURRENT_SOURCE_DIR}/recipes/run.py ${name}
        WORKING_DIRECTORY ${folder})
    # One at a time: they share what they download.
    set_tests_properties(recipes.${name} PROPERTIES LABELS recipes
        TIMEOUT 900 SKIP_RETURN_CODE 77 RESOURCE_LOCK recipes
        ENVIRONMENT "${contract_environment}")
endforeach()
