/// @file
/// What this rank does in MPI: the times of its calls and the bytes that it sends, recorded by
/// MPI's own profiling interface. One source of a program includes it.
#pragma once

#include <mpi.h>

#include <cstdio>
#include <string>
#include <vector>

namespace recorder {

struct Call {
  double begin, end;  ///< s, of MPI_Wtime
};

inline std::vector<Call> calls;
inline double bytes = 0;  ///< sent to other ranks

inline void clear() {
  calls.clear();
  bytes = 0;
}

/// Seconds inside MPI.
inline double seconds() {
  double sum = 0;
  for (const Call& call : calls) sum += call.end - call.begin;
  return sum;
}

int record(const auto& call) {
  const double begin = MPI_Wtime();
  const int result = call();
  calls.push_back({begin, MPI_Wtime()});
  return result;
}

inline double bytes_of(int count, MPI_Datatype type) {
  int size = 0;
  PMPI_Type_size(type, &size);
  return double(count) * size;
}

/// Bytes of a list that goes to all other ranks.
inline double bytes_to_all(int count, MPI_Datatype type, MPI_Comm ranks) {
  int size = 1;
  PMPI_Comm_size(ranks, &size);
  return (size - 1) * bytes_of(count, type);
}

/// Writes the calls as lines `begin,end` in ms after `origin` into <prefix><rank>.csv.
inline void write(const std::string& prefix, int rank, double origin) {
  std::FILE* file = std::fopen((prefix + std::to_string(rank) + ".csv").c_str(), "w");
  if (!file) return;
  std::fprintf(file, "begin_ms,end_ms\n");
  for (const Call& call : calls)
    std::fprintf(file, "%.4f,%.4f\n", 1e3 * (call.begin - origin), 1e3 * (call.end - origin));
  std::fclose(file);
}

}  // namespace recorder

extern "C" {
int MPI_Waitall(int count, MPI_Request* requests, MPI_Status* statuses) {
  return recorder::record([&] { return PMPI_Waitall(count, requests, statuses); });
}
int MPI_Isend(const void* from, int count, MPI_Datatype type, int to, int tag, MPI_Comm ranks,
              MPI_Request* request) {
  recorder::bytes += recorder::bytes_of(count, type);
  return recorder::record([&] { return PMPI_Isend(from, count, type, to, tag, ranks, request); });
}
int MPI_Irecv(void* to, int count, MPI_Datatype type, int from, int tag, MPI_Comm ranks,
              MPI_Request* request) {
  return recorder::record([&] { return PMPI_Irecv(to, count, type, from, tag, ranks, request); });
}
int MPI_Allgather(const void* from, int count, MPI_Datatype type, void* to, int counts,
                  MPI_Datatype received, MPI_Comm ranks) {
  recorder::bytes += recorder::bytes_to_all(count, type, ranks);
  return recorder::record(
      [&] { return PMPI_Allgather(from, count, type, to, counts, received, ranks); });
}
int MPI_Allgatherv(const void* from, int count, MPI_Datatype type, void* to, const int* counts,
                   const int* begins, MPI_Datatype received, MPI_Comm ranks) {
  recorder::bytes += recorder::bytes_to_all(count, type, ranks);
  return recorder::record(
      [&] { return PMPI_Allgatherv(from, count, type, to, counts, begins, received, ranks); });
}
}
