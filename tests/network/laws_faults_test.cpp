// Every law of networks catches a network that breaks it.
#include <doctest/doctest.h>

#include "tests/network/laws.hpp"

using namespace networks;

namespace {

using Sound = Backpropagation<Errors>;

struct PredictMovesWeights : Sound {
  using Sound::Sound;
  const Matrix<float>& predict(const Matrix<float>& x) {
    layers[0].state.weights(0, 0) += 1e-3f;
    return Sound::predict(x);
  }
};

struct PredictReplacesInference : Sound {
  using Sound::Sound;
  const Matrix<float>& predict(const Matrix<float>& x) {
    infer(x, Matrix<float>::Zero(2, x.cols()));
    return Sound::predict(x);
  }
};

struct InferMovesWeights : Sound {
  using Sound::Sound;
  Relaxed infer(const Matrix<float>& x, const Matrix<float>& y) {
    layers[1].state.weights(0, 0) += 1e-3f;
    return Sound::infer(x, y);
  }
};

struct IgnoresItsSeed : Sound {
  using Sound::Sound;
  void initialize(Random, float scale = 1) {
    static std::uint64_t calls = 0;
    Sound::initialize({.seed = ++calls}, scale);
  }
};

struct DecaysAlways : Sound {
  using Sound::Sound;
  void train(const Matrix<float>& x, const Matrix<float>& y) {
    Sound::train(x, y);
    layers[1].state.weights *= 0.99f;
  }
};

struct LearnsFromNothing : Sound {
  using Sound::Sound;
  void learn() {
    if (!laws::is_refused([&] { Sound::learn(); })) return;
  }
};

struct TrainsZeros : Sound {
  using Sound::Sound;
  void train(const Matrix<float>& x, const Matrix<float>& y) {
    laws::is_refused([&] { Sound::train(x, y); });
  }
};

struct SavesTooLittle : Sound {
  using Sound::Sound;
  void each(auto&& visit) {
    Sound::each([&](std::string_view name, auto& value) {
      if (name != "layer2.weights") visit(name, value);
    });
  }
};

struct LearnsTwice : Sound {
  using Sound::Sound;
  void train(const Matrix<float>& x, const Matrix<float>& y) {
    Sound::train(x, y);
    learn();
  }
};

}  // namespace

TEST_CASE("laws of networks: each catches a fault that was made on purpose") {
  CHECK_FALSE(laws::predict_moves_no_state<PredictMovesWeights>());
  CHECK_FALSE(laws::predict_moves_no_state<PredictReplacesInference>());
  CHECK_FALSE(laws::infer_moves_no_weight<InferMovesWeights>());
  CHECK_FALSE(laws::equal_seeds_give_equal_runs<IgnoresItsSeed>());
  CHECK_FALSE(laws::met_target_changes_nothing<DecaysAlways>());
  CHECK_FALSE(laws::wrong_order_is_refused<LearnsFromNothing>());
  CHECK_FALSE(laws::untrained_is_refused<TrainsZeros>());
  CHECK_FALSE(laws::saved_run_continues<SavesTooLittle>());
  CHECK_FALSE(laws::train_is_infer_and_learn<LearnsTwice>());
}
