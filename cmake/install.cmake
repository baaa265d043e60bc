# SPDX-License-Identifier: MIT
# What is installed beside the libraries. pip gets the package and its place
# from pyproject.toml, and all the rest inside the package.
install(DIRECTORY include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
    FILES_MATCHING PATTERN "*.h")
install(FILES share/refsan/known.supp docs/finding.schema.json
    docs/triage.schema.json
    DESTINATION ${package_folder})

if(SKBUILD)
    install(FILES ${tables} ${examples} DESTINATION .)
    install(PROGRAMS ${PROJECT_BINARY_DIR}/wheel/refsan
        DESTINATION ${SKBUILD_SCRIPTS_DIR})
    return()
endif()

install(DIRECTORY scripts/refsan DESTINATION ${package_folder}
    FILES_MATCHING PATTERN "*.py" PATTERN "*.js" PATTERN "*.css"
    PATTERN "__pycache__" EXCLUDE)
install(FILES ${tables} ${examples} DESTINATION ${package_folder}/refsan)
# Compiled now: who runs it later may not be allowed to write there.
install(CODE "execute_process(COMMAND \"${refsan_command_python}\" -m
    compileall -q
    \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${package_folder}/refsan\")")
install(PROGRAMS ${PROJECT_BINARY_DIR}/installed/refsan TYPE BIN)
