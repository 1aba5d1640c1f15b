# Configures, builds and runs a consumer: cmake -DHOW=... -DHEBB_SOURCE=... -DHEBB_BUILD=...
# -DWORK=... -DCOMPILER=... -P build.cmake
file(REMOVE_RECURSE ${WORK})
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "failed: ${command}")
  endif()
endfunction()

if(HOW STREQUAL "find_package")
  run(${CMAKE_COMMAND} --install ${HEBB_BUILD} --prefix ${WORK}/prefix)
endif()
foreach(package IN ITEMS OpenMP ZLIB PkgConfig MPI)  # nothing but Eigen can be found
  list(APPEND without -DCMAKE_DISABLE_FIND_PACKAGE_${package}=ON)
endforeach()
run(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR} -B ${WORK}/build -G Ninja -DHOW=${HOW}
    -DHEBB_SOURCE=${HEBB_SOURCE}
    -DCMAKE_PREFIX_PATH=${WORK}/prefix -DCMAKE_CXX_COMPILER=${COMPILER} ${without})
run(${CMAKE_COMMAND} --build ${WORK}/build)
run(${WORK}/build/consumer)
