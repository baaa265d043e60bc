# SPDX-License-Identifier: MIT
# Two targets to link: refsan_libunwind, as it is; refsan_own_libunwind, for the
# preload library, which stands in for some of the functions that libunwind
# calls (interpose/unwinder.def): in a static one their names are changed here,
# in a shared one the library does it at start.
add_library(refsan_libunwind INTERFACE)
add_library(refsan_own_libunwind INTERFACE)

if(NOT REFSAN_LIBUNWIND)
    pkg_check_modules(LIBUNWIND REQUIRED IMPORTED_TARGET libunwind)
    target_link_libraries(refsan_libunwind INTERFACE PkgConfig::LIBUNWIND)
    target_link_libraries(refsan_own_libunwind INTERFACE refsan_libunwind)
    return()
endif()

set(archive ${REFSAN_LIBUNWIND}/lib/libunwind.a)
set(own_archive ${PROJECT_BINARY_DIR}/libunwind_own.a)
set(symbols ${PROJECT_BINARY_DIR}/unwinder.syms)
if(NOT EXISTS ${archive})
    message(FATAL_ERROR "REFSAN_LIBUNWIND: there is no ${archive}")
endif()
add_custom_command(OUTPUT ${own_archive}
    COMMAND ${CMAKE_C_COMPILER} -E -P -x c -o ${symbols}
        ${PROJECT_SOURCE_DIR}/interpose/unwinder.syms.in
    COMMAND ${CMAKE_OBJCOPY} --redefine-syms=${symbols} ${archive}
        ${own_archive}
    DEPENDS ${archive} interpose/unwinder.syms.in interpose/unwinder.def
    VERBATIM)
add_custom_target(refsan_own_libunwind_made DEPENDS ${own_archive})
add_dependencies(refsan_own_libunwind refsan_own_libunwind_made)
target_link_libraries(refsan_libunwind INTERFACE ${archive})
target_link_libraries(refsan_own_libunwind INTERFACE ${own_archive})
target_include_directories(refsan_libunwind INTERFACE
    ${REFSAN_LIBUNWIND}/include)
target_include_directories(refsan_own_libunwind INTERFACE
    ${REFSAN_LIBUNWIND}/include)
