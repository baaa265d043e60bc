# SPDX-License-Identifier: MIT
# What is installed beside the libraries. pip gets the package and its place
# from pyproject.toml, and all the rest inside the package.
include(CMakePackageConfigHelpers)
configure_package_config_file(cmake/refsan-config.cmake.in
    ${PROJECT_BINARY_DIR}/refsan-config.cmake
    INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/refsan
    PATH_VARS CMAKE_INSTALL_LIBDIR CMAKE_INSTALL_BINDIR
        CMAKE_INSTALL_INCLUDEDIR)
write_basic_package_version_file(
    ${PROJECT_BINARY_DIR}/refsan-config-version.cmake
    COMPATIBILITY SameMinorVersion)
configure_file(cmake/refsan.pc.in ${PROJECT_BINARY_DIR}/refsan.pc @ONLY)

install(DIRECTORY include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
    FILES_MATCHING PATTERN "*.h")
install(FILES share/refsan/known.supp docs/finding.schema.json
    docs/triage.schema.json
    DESTINATION ${package_folder})

install(FILES ${PROJECT_BINARY_DIR}/refsan.pc
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(FILES ${PROJECT_BINARY_DIR}/refsan-config.cmake
    ${PROJECT_BINARY_DIR}/refsan-config-version.cmake
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/refsan)

if(SKBUILD)
    install(DIRECTORY ${PROJECT_BINARY_DIR}/share/
        DESTINATION ${SKBUILD_DATA_DIR}/share)
    install(FILES ${tables} ${examples} DESTINATION .)
    install(PROGRAMS ${PROJECT_BINARY_DIR}/wheel/refsan
        DESTINATION ${SKBUILD_SCRIPTS_DIR})
    return()
endif()

install(DIRECTORY ${PROJECT_BINARY_DIR}/share/
    DESTINATION ${CMAKE_INSTALL_DATADIR})
install(DIRECTORY scripts/refsan DESTINATION ${package_folder}
    FILES_MATCHING PATTERN "*.py" PATTERN "*.js" PATTERN "*.css"
    PATTERN "__pycache__" EXCLUDE)
install(FILES ${tables} ${examples} DESTINATION ${package_folder}/refsan)
# Compiled now: who runs it later may not be allowed to write there.
install(CODE "execute_process(COMMAND \"${refsan_command_python}\" -m
    compileall -q
    \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${package_folder}/refsan\")")
install(PROGRAMS ${PROJECT_BINARY_DIR}/installed/refsan TYPE BIN)
