# Not built. REF is the commit of the release.
vcpkg_from_git(OUT_SOURCE_PATH SOURCE_PATH
               URL https://example.org/hebb.git
               REF 0000000000000000000000000000000000000000)

set(VCPKG_BUILD_TYPE release)  # headers alone
vcpkg_find_acquire_program(PKGCONFIG)
vcpkg_cmake_configure(SOURCE_PATH "${SOURCE_PATH}"
                      OPTIONS -DHEBB_TESTS=OFF -DHEBB_BENCHMARKS=OFF -DHEBB_EXAMPLES=OFF
                              "-DPKG_CONFIG_EXECUTABLE=${PKGCONFIG}")
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(CONFIG_PATH share/cmake/hebb)
vcpkg_fixup_pkgconfig()
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
