// The model of bench/mpi/cluster.hpp beside its simulation and beside measurements, and carried to
// 1,024 ranks:
//   cluster_model DIRECTORY [prefix of the CSV of data_parallel_mpi]
// Prints tables in Markdown. Draws the efficiency over ranks, and with a prefix the timeline of one
// step of data parallel learning, into DIRECTORY.
#include <cstdio>
#include <fstream>
#include <string>

#include "bench/mpi/cluster.hpp"
#include "common/figure.hpp"

using namespace cluster;

namespace {

// Fitted to two ranks of one thread on one machine: see docs/scaling.md.
constexpr Machine measured{78e9, 1e-6, 8.6e9, 0.1};

/// Ranks of 16 such cores at 80 % of their rate, in a network of 100 Gbit/s.
constexpr Machine node{16 * 0.8 * measured.rate, 2e-6, 12.5e9, 0.03};

/// Dense layers of LPL with two views, as in data_parallel_mpi. The covariances cost half a product
/// for their sum and one for their use.
Network dense_lpl(double neurons, double samples, int layers) {
  const double columns = 2 * samples, product = neurons * neurons * columns;
  return Network(std::size_t(layers), {.forward = product,
                                       .learn = product * (1 + 0.5 + 1),
                                       .change = 4 * neurons * (neurons + 1),
                                       .statistics = 4 * 2 * neurons * (neurons + 2),
                                       .signal = 4 * neurons * columns});
}

/// VGG-11's convolutions with LPL per place and two views. Learning costs a product like the
/// forward pass; backpropagation's two are counted where it is simulated.
Network vgg11(double width, double images) {
  constexpr double channels[]{64, 128, 256, 256, 512, 512, 512, 512},
      pool[]{2, 2, 1, 2, 1, 2, 1, 2};
  Network network;
  double before = 3;
  for (int k = 0; k < 8; ++k) {
    const double own = channels[k], views = 2;
    const double product = 9 * before * own * width * width * views * images;
    width /= pool[k];
    network.push_back({.forward = product,
                       .learn = product,
                       .change = 4 * 9 * before * own,
                       .statistics = 4 * views * (2 * own * width * width + own * own),
                       .signal = 4 * own * width * width * views * images});
    before = own;
  }
  return network;
}

/// Three convolutions of SoftHebb on 32 x 32 images, whose channels are `times` those published.
Network soft_hebb(double times, double images) {
  const double channels[]{96 * times, 384 * times, 1536 * times}, kernel[]{25, 9, 9};
  Network network;
  double before = 3, width = 32;
  for (int k = 0; k < 3; ++k) {
    const double product = kernel[k] * before * channels[k] * width * width * images;
    width /= 2;
    network.push_back({.forward = product,
                       .learn = product,
                       .change = 4 * (kernel[k] * before + 1) * channels[k],
                       .signal = 4 * channels[k] * width * width * images});
    before = channels[k];
  }
  return network;
}

/// Four dense layers of SoftHebb, as in pipeline_mpi; the softmax and its sums cost as much as half
/// a product.
Network four_layers() {
  const double product = 1024.0 * 1024 * 256;
  return Network(4, {.forward = product, .learn = 0.84 * product, .signal = 4.0 * 1024 * 256});
}

/// Time of one rank, exchanges and spikes per simulated second. To hear a spike is taken to cost 20
/// ns; two ranks are too few to measure it.
constexpr double hear_s = 20e-9;
constexpr Spiking isp{0.13, 94.4e3 * hear_s, 10000, 94.4e3};
constexpr Spiking brunel{1.068, 127.5e3 * hear_s, 667, 127.5e3};

/// A million neurons of a network that was measured, on nodes: work in proportion to neurons, and
/// spikes that every rank hears.
Spiking million(const Spiking& small, double neurons) {
  const double times = 1e6 / neurons;
  return {small.own * times * measured.rate / node.rate, small.common * times, small.chunks,
          small.spikes * times};
}

struct Row {
  std::string name, label;
  std::vector<double> model, simulation;  // efficiency, %, at each number of ranks
};

constexpr int rank_counts[]{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024};

Row over_ranks(const std::string& name, const std::string& label, const auto& model,
               const auto& simulation) {
  Row row{name, label, {}, {}};
  const double one = model(1), simulated = simulation(1);
  for (const int ranks : rank_counts) {
    row.model.push_back(100 * one / (ranks * model(ranks)));
    row.simulation.push_back(100 * simulated / (ranks * simulation(ranks)));
  }
  return row;
}

Row data_parallel(const std::string& name, const std::string& label, const Network& network) {
  return over_ranks(
      name, label, [&](int ranks) { return data_parallel_s(node, ranks, network, true); },
      [&](int ranks) { return simulate_data_parallel(node, ranks, network, true); });
}

Row spiking(const std::string& name, const std::string& label, const Spiking& net) {
  return over_ranks(
      name, label, [&](int ranks) { return spiking_s(node, ranks, net); },
      [&](int ranks) { return simulate_spiking(node, ranks, net); });
}

void print_beside_measurements() {
  std::printf("| program | ranks | measured | model | simulation |\n|---|---:|---:|---:|---:|\n");
  const Network lpl = dense_lpl(1024, 1024, 3);
  const auto row = [](const char* name, int ranks, const char* found, double model, double sim) {
    std::printf("| %s | %d | %s | %.3g | %.3g |\n", name, ranks, found, model, sim);
  };
  for (const int ranks : {1, 2}) {
    row("`data_parallel_mpi`, ms", ranks, ranks == 1 ? "290, 292, 284, 295" : "155, 156, 196, 166",
        1e3 * data_parallel_s(measured, ranks, lpl, false),
        1e3 * simulate_data_parallel(measured, ranks, lpl, false));
    const Network parts = divide(four_layers(), ranks);
    row("`pipeline_mpi`, ms", ranks,
        ranks == 1 ? "26.2, 25.6, 26.0, 25.8" : "13.3, 13.0, 13.0, 14.2",
        1e3 * pipeline_s(measured, parts, 60), 1e3 * simulate_pipeline(measured, parts, 60));
    row("`spiking_mpi isp`, s", ranks, ranks == 1 ? "0.111 to 0.171" : "0.069 to 0.087",
        spiking_s(measured, ranks, isp), simulate_spiking(measured, ranks, isp));
    row("`spiking_mpi brunel-stdp`, s", ranks, ranks == 1 ? "1.090, 1.052" : "0.494, 0.514",
        spiking_s(measured, ranks, brunel), simulate_spiking(measured, ranks, brunel));
  }
}

/// Layer parallel beside backpropagation's pipeline: efficiency in %, over the ranks of the row.
void print_pipelines() {
  std::printf(
      "\n| network | ranks | largest part / mean | layer parallel | backpropagation, 8 "
      "micro-batches | 32 micro-batches |\n|---|---:|---:|---:|---:|---:|\n");
  const auto rows = [](const char* name, const Network& network,
                       std::initializer_list<int> counts) {
    for (const int ranks : counts) {
      const Network parts = divide(network, ranks);
      double most = 0, all = 0, forward = 0;
      for (const Layer& part : parts) {
        most = std::max(most, part.forward + part.learn);
        all += part.forward + part.learn;
        forward += part.forward;
      }
      const int steps = 2000;
      const auto local = [&](const auto& time) {
        return 100 * all / node.rate / (ranks * time(node, parts, steps));
      };
      const auto global = [&](const auto& time, int micro) {
        return 100 * 3 * forward / node.rate / (ranks * time(node, parts, micro));
      };
      const auto simulated = [](const Machine& m, const Network& n, int micro) {
        return simulate_backpropagation(m, n, micro);
      };
      std::printf(
          "| %s | %d | %.2f | %.0f %% (%.0f %%) | %.0f %% (%.0f %%) | %.0f %% (%.0f %%) |\n", name,
          ranks, most / (all / ranks), local(pipeline_s), local(simulate_pipeline),
          global(backpropagation_s, 8), global(simulated, 8), global(backpropagation_s, 32),
          global(simulated, 32));
    }
  };
  rows("VGG-11, 224 x 224, 256 images", vgg11(224, 256), {2, 4, 8});
  rows("64 dense layers of 4096, 1024 samples", dense_lpl(4096, 1024, 64), {2, 8, 64});
}

/// One step, rank by rank: high while in MPI.
void draw_timeline(const std::string& directory, const std::string& prefix) {
  example::Lines chart{"ms from the beginning of the step", "rank; raised: in MPI"};
  chart.y_range = {{-0.2, 3.8}};
  int place = 0;
  for (const char* form : {"at-once", "overlapped"})
    for (int rank = 0; rank < 2; ++rank, ++place) {
      example::Series line{std::string(form) + ", rank " + std::to_string(rank)};
      const auto add = [&](double x, double y) {
        line.x.push_back(x);
        line.y.push_back(y);
      };
      std::ifstream file(prefix + form + "-" + std::to_string(rank) + ".csv");
      std::string head;
      std::getline(file, head);
      add(0, place);
      for (double begin = 0, end = 0; file >> begin && file.ignore() && file >> end;) {
        add(begin, place), add(begin, place + 0.6), add(end, place + 0.6), add(end, place);
      }
      chart.series.push_back(line);
    }
  example::draw(directory, "mpi_timeline", chart);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string directory = argc > 1 ? argv[1] : ".";
  print_beside_measurements();
  std::vector<Row> rows{
      data_parallel("VGG-11, 224 x 224, 1024 images", "VGG-11, 224", vgg11(224, 1024)),
      data_parallel("VGG-11, 32 x 32, 1024 images", "VGG-11, 32", vgg11(32, 1024)),
      data_parallel("SoftHebb, published width, 1024 images", "SoftHebb", soft_hebb(1, 1024)),
      data_parallel("SoftHebb, 4 times as wide, 1024 images", "SoftHebb x 4", soft_hebb(4, 1024)),
      spiking("1e6 neurons like isp, delays from 0.1 ms", "isp, 1e6", million(isp, 1e4)),
      spiking("1e6 neurons like brunel-stdp, delays from 1.5 ms", "brunel, 1e6",
              million(brunel, 1e4)),
  };
  std::printf("\n| efficiency, %%: model (simulation) |");
  for (const int ranks : rank_counts)
    if (ranks > 1) std::printf(" %d |", ranks);
  std::printf("\n|---|");
  for (const int ranks : rank_counts)
    if (ranks > 1) std::printf("---:|");
  double worst = 0;
  example::Lines chart{"ranks", "efficiency, %"};
  chart.y_range = {{0, 105}};
  for (const int ranks : rank_counts)  // every second one, so that they do not overlap
    chart.x_names.push_back(chart.x_names.size() % 2 == 0 ? std::to_string(ranks) : "");
  for (const Row& row : rows) {
    std::printf("\n| %s |", row.name.c_str());
    example::Series line{row.label};
    for (std::size_t k = 0; k < row.model.size(); ++k) {
      line.x.push_back(double(k));
      line.y.push_back(row.model[k]);
      worst = std::max(worst, std::abs(row.model[k] - row.simulation[k]));
      if (k > 0) std::printf(" %.0f (%.0f) |", row.model[k], row.simulation[k]);
    }
    chart.series.push_back(line);
  }
  std::printf("\n\nlargest difference of model and simulation: %.1f %%\n", worst);
  print_pipelines();
  example::draw(directory, "mpi_efficiency", chart);
  if (argc > 2) draw_timeline(directory, argv[2]);
}
