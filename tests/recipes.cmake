# SPDX-License-Identifier: MIT
# recipes/: a small real project for each build system and binding generator,
# built with CC="refsan cc" CXX="refsan c++" and run. What is not on this machine
# comes from PyPI; without it, a recipe is a skipped test that says why.

function(refsan_add_recipe name recipe python label)
    set(folder ${CMAKE_CURRENT_BINARY_DIR}/recipes/${name})
    file(MAKE_DIRECTORY ${folder})
    add_test(NAME ${name} COMMAND ${Python3_EXECUTABLE}
        ${CMAKE_CURRENT_SOURCE_DIR}/recipes/run.py ${recipe}
        WORKING_DIRECTORY ${folder})
    # One at a time: they share what they download.
    set_tests_properties(${name} PROPERTIES LABELS "recipes;${label}"
        TIMEOUT 900 SKIP_RETURN_CODE 77 RESOURCE_LOCK recipes
        ENVIRONMENT "${contract_environment};PYTHON=${python}")
endfunction()

file(GLOB recipes CONFIGURE_DEPENDS LIST_DIRECTORIES true recipes/*)
foreach(recipe IN LISTS recipes)
    if(NOT IS_DIRECTORY ${recipe} OR recipe MATCHES "__pycache__$")
        continue()
    endif()
    get_filename_component(name ${recipe} NAME)
    refsan_add_recipe(recipes.${name} ${name} "${refsan_python}" default)
    if(refsan_free_threaded)
        refsan_add_recipe(recipes.${name}.ft ${name} "${refsan_free_threaded}"
            ft)
    endif()
endforeach()
