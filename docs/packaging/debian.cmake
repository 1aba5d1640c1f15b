# Debian packages: cmake, then `cpack -G DEB` in the build folder. tests/structure/packages.sh makes
# and unpacks them, and uses what they hold. All three have the licence, as the policy wants.
set(CPACK_PACKAGE_CONTACT "The authors of hebb <hebb@example.org>" CACHE STRING "Maintainer")
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE all)
set(CPACK_COMPONENTS_ALL "")

# debian_package(COMPONENT NAME SECTION DESCRIPTION): the files of a component as a package.
macro(debian_package component name section description)
  string(TOUPPER ${component} upper)
  set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${name})
  set(CPACK_DEBIAN_${upper}_PACKAGE_SECTION ${section})
  set(CPACK_COMPONENT_${upper}_DESCRIPTION ${description})
  list(APPEND CPACK_COMPONENTS_ALL ${component})
  install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${name}
          RENAME copyright COMPONENT ${component} EXCLUDE_FROM_ALL)
endmacro()

debian_package(dev libhebb-dev libdevel
               "local synaptic plasticity over Eigen: headers, CMake and pkg-config files")
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS "libeigen3-dev (>= 3.4)")
set(CPACK_DEBIAN_DEV_PACKAGE_RECOMMENDS "pkg-config, zlib1g-dev, libzip-dev, libpng-dev")
set(CPACK_DEBIAN_DEV_PACKAGE_SUGGESTS "hebb-doc, hebb-examples")

# The sources of the examples; their CMakeLists.txt finds the installed library.
debian_package(examples hebb-examples science "programs that use hebb, as sources")
string(JOIN ", " CPACK_DEBIAN_EXAMPLES_PACKAGE_DEPENDS "libhebb-dev (= ${PROJECT_VERSION})" g++
       cmake pkg-config zlib1g-dev libzip-dev libpng-dev libcli11-dev nlohmann-json3-dev)
set(CPACK_DEBIAN_EXAMPLES_PACKAGE_RECOMMENDS "gnuplot-nox, dataset-fashion-mnist")
install(DIRECTORY ${PROJECT_SOURCE_DIR}/examples
        DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/hebb-examples COMPONENT examples EXCLUDE_FROM_ALL
        PATTERN run.sh EXCLUDE)

debian_package(doc hebb-doc doc "documentation of hebb")
install(FILES ${PROJECT_SOURCE_DIR}/README.md DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/hebb-doc
        COMPONENT doc EXCLUDE_FROM_ALL)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/hebb-doc
        COMPONENT doc EXCLUDE_FROM_ALL FILES_MATCHING PATTERN "*.md" PATTERN "gallery/*.*g"
        PATTERN "curves/*.svg" PATTERN "results/*.svg")
install(DIRECTORY ${PROJECT_BINARY_DIR}/docs/html DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/hebb-doc
        COMPONENT doc OPTIONAL EXCLUDE_FROM_ALL)  # the target `reference` makes it

include(CPack)
