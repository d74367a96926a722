// SPDX-License-Identifier: Apache-2.0
// The persons' side of a logistic regression: what is prepared once of every block, and the pass over all blocks that
// an iteration makes. Blocks go in groups, so that a refresh carries several of them; what was prepared goes to a
// shelf, on disk where there is much of it, so that memory does not grow with the number of persons.
#pragma once

#include <algorithm>
#include <vector>

#include "fhe/circuits/logistic_curve.hpp"
#include "fhe/ckks/program.hpp"
#include "query/execute/column_loader.hpp"
#include "query/execute/refresher.hpp"
#include "query/train/block_shelf.hpp"
#include "query/train/run_flooding.hpp"
#include "query/train/values.hpp"

namespace mc::query {

/// Sums over all persons, at precision.base and scales of about precision.scale(). Columns of the design go in pairs
/// where they can, column 2n as the real and column 2n + 1 as the imaginary part of one (docs/design/0030); of the mean
/// of a sum's slots, coefficient 0 is the real part and coefficient N/2 the imaginary one.
struct PassSums {
  std::vector<fhe::Ciphertext> hessian, gradient;  // by SumLayout
  // Of the first pass of a model with an offset: X' (c / 4) offset, in units of the plan's. Apart from the gradient, so
  // that both are within what masks and floodings of sums are computed for, whatever the unit is.
  std::vector<fhe::Ciphertext> offset;
  fhe::Ciphertext entropy, residual;  // of the last pass, real: TrainingSum
  // Of Cox's last pass, what the information is less than the Hessian: upper triangle without the intercept.
  std::vector<fhe::Ciphertext> between;
};

/// Where an upper triangle that is held row by row has entry (i, j), in either order.
[[nodiscard]] std::uint32_t triangle_index(std::uint32_t i, std::uint32_t j, std::uint32_t size);

/// Where the sums of a pass stand. Groups of `width` columns of the design are one ciphertext: two of them, the real
/// and the imaginary part of it, or one where weights are complex numbers themselves (Efron's ties). A first column of
/// ones is a group by itself where the others are whole pairs: sums with it take no product, and no last column is left
/// over, which would meet all others by itself.
class SumLayout {
 public:
  /// `ones`: the first column is one of ones.
  SumLayout(std::size_t size, bool paired, bool ones)
      : size_(static_cast<std::uint32_t>(size)),
        width_(paired ? 2 : 1),
        lone_(paired && ones && size % 2 == 1 ? 1 : 0) {}

  struct Place {
    std::uint32_t sum = 0;
    std::uint32_t part = 0;  // 0: real, 1: imaginary
  };
  /// Of entry (i, j) of the Hessian, in either order: group n meets all columns up to its own last one, in neighbouring
  /// sums.
  [[nodiscard]] Place hessian(std::uint32_t i, std::uint32_t j) const;
  [[nodiscard]] Place gradient(std::uint32_t i) const {
    return {(i + lone_) / width_, i < lone_ ? 0 : (i + lone_) % width_};
  }
  [[nodiscard]] std::uint32_t hessian_sums() const { return hessian(size_ - 1, size_ - 1).sum + 1; }
  [[nodiscard]] std::uint32_t groups() const { return (size_ + lone_ + width_ - 1) / width_; }
  [[nodiscard]] std::uint32_t first_of(std::uint32_t n) const { return n == 0 ? 0 : n * width_ - lone_; }
  /// Where the sums of group n begin, and how many columns it meets.
  [[nodiscard]] std::uint32_t met_from(std::uint32_t n) const { return hessian(first_of(n), 0).sum; }
  [[nodiscard]] std::uint32_t met_by(std::uint32_t n) const { return std::min((n + 1) * width_ - lone_, size_); }
  [[nodiscard]] bool is_paired() const { return width_ == 2; }
  /// As a refresh numbers what it opens of sums, or of pairs.
  [[nodiscard]] std::uint32_t value(const Place& place) const { return width_ * place.sum + place.part; }

 private:
  std::uint32_t size_, width_;
  std::uint32_t lone_;  // 1 where the first group is a column of ones alone
};
[[nodiscard]] SumLayout sum_layout(const LogisticPlan& plan);

/// Blocks that go through a pass together.
inline constexpr std::size_t kTrainingGroup = 4;

class ColumnUnits;
class Hazard;
class TrainingSums;

class TrainingBlocks {
 public:
  /// Keeps references. `persons_log2`: as Hazard takes it.
  TrainingBlocks(const LogisticPlan& plan, const Precision& precision, const RunFlooding& flooding,
                 std::vector<std::uint32_t> blocks, const ColumnLoader& loader, const Workbench& bench,
                 Refresher& refresher, int persons_log2);
  ~TrainingBlocks();

  /// Loads and prepares every block.
  Status prepare();

  /// Scale of the coefficients that a pass takes: constants in every slot, at precision.loaded().
  [[nodiscard]] fhe::Scale coefficient_scale() const;

  /// The pass at z = 0, without a sigmoid or an exponential: its gradient is that of beta = 0 without an offset. Where
  /// there is one, what it takes from that gradient as long as the curve is a line, p = 1/2 + z / 4, is `offset`.
  Result<PassSums> first_pass();
  /// `last`: with the sums of the deviance.
  Result<PassSums> pass(std::span<const fhe::Ciphertext> coefficients, bool last);
  /// What was prepared of every block: no pass follows.
  void give_up_rows() { shelf_.clear(); }

  // Sums over all persons that no iteration changes, at precision.answer.
  [[nodiscard]] const fhe::Ciphertext& cases() const { return cases_; }
  [[nodiscard]] const fhe::Ciphertext& asked() const { return asked_; }
  [[nodiscard]] const fhe::Ciphertext& weight() const { return weight_; }
  [[nodiscard]] const fhe::Ciphertext& centred() const { return centred_; }
  /// With Efron's ties: events with a slot of their own.
  [[nodiscard]] const fhe::Ciphertext& placed_events() const;
  /// Of Cox's model: what columns were multiplied by, constants in every slot (column_units.hpp).
  [[nodiscard]] std::span<const fhe::Ciphertext> column_factors() const;

 private:
  /// A row of the shelf. In brackets levels of `standard`; in `train` as many steps above precision.base.
  class Block {
   public:
    enum : std::size_t {
      kCase,     // c [7]; of Cox's model with Efron's ties c (1 + i y)
      kQuarter,  // c / 4 [5]; of Cox's model kCase / 16 [6]
      kCentred,  // c (y - 1/2) [4]; of Cox's model c y
      kOffset,   // [5]; without one, c once more at level 1; of Cox's model who counts, for column_units.hpp
      kPerson,   // c without weights [4]
      kColumns,  // the design's columns from here on [5], without the intercept
    };
    explicit Block(std::shared_ptr<const BlockShelf::Row> row) : row_(std::move(row)) {}
    [[nodiscard]] const fhe::Ciphertext& c() const { return (*row_)[kCase]; }
    [[nodiscard]] const fhe::Ciphertext& quarter() const { return (*row_)[kQuarter]; }
    [[nodiscard]] const fhe::Ciphertext& centred() const { return (*row_)[kCentred]; }
    [[nodiscard]] const fhe::Ciphertext& offset() const { return (*row_)[kOffset]; }
    [[nodiscard]] const fhe::Ciphertext& person() const { return (*row_)[kPerson]; }
    [[nodiscard]] const fhe::Ciphertext& x(std::size_t j) const { return (*row_)[kColumns + j]; }
    [[nodiscard]] std::size_t columns() const { return row_->size() - kColumns; }

   private:
    std::shared_ptr<const BlockShelf::Row> row_;
  };
  struct Curve {
    fhe::Ciphertext u;  // z / bound [8]
    fhe::Ciphertext y;  // folded [8]
    fhe::Ciphertext q;  // [8]
    fhe::Ciphertext e;  // [8], in the last pass
  };

  Status prepare_group(std::size_t first, std::size_t count, BlockShelf& shelf);
  Result<fhe::Ciphertext> product_of_factors(std::span<const FeatureColumn> factors, std::uint32_t block) const;
  Status make_others(fhe::Ciphertext& value) const;
  Result<fhe::Ciphertext> product_of_groups(std::vector<fhe::Ciphertext> groups) const;
  [[nodiscard]] Result<fhe::Ciphertext> product(const fhe::Ciphertext& a, const fhe::Ciphertext& b) const {
    return rescaled_product(bench_.evaluator, a, b, precision_);
  }
  /// The primes that a division from `level` takes away.
  [[nodiscard]] fhe::Scale primes(fhe::Level level) const { return precision_.primes_at(level); }
  /// All but the columns.
  Result<BlockShelf::Row> derive(std::uint32_t number, const fhe::Ciphertext& c) const;
  Result<std::vector<Block>> blocks(std::size_t first, std::size_t count) const;
  Result<fhe::Ciphertext> linear_predictor(const Block& block, std::span<const fhe::Ciphertext> coefficients) const;
  struct Folded {
    fhe::Ciphertext y, v;
  };
  Result<Folded> folded(const fhe::Ciphertext& u) const;
  Result<std::vector<Curve>> curves(std::span<const Block> blocks, std::span<const fhe::Ciphertext> coefficients,
                                    bool last);
  /// values[i] is what[i % what.size()].
  Result<std::vector<fhe::Ciphertext>> refreshed(std::vector<fhe::Ciphertext> values, std::span<const Opened> what);
  [[nodiscard]] fhe::Ciphertext times_one(fhe::Ciphertext value) const;
  Result<fhe::Ciphertext> group_of_columns(const Block& block, std::uint32_t n, std::uint32_t level) const;
  Status add_block(const Block& block, const fhe::Ciphertext& w, const fhe::Ciphertext& r, TrainingSums& sums,
                   const fhe::Ciphertext* offset = nullptr) const;
  // Of Cox's model: training_hazard.cpp.
  [[nodiscard]] TrainingColumn event_factors() const;
  Result<BlockShelf::Row> derive_exposed(const fhe::Ciphertext& c, const fhe::Ciphertext& y) const;
  Status convert_columns(const BlockShelf& as_loaded);
  [[nodiscard]] fhe::Scale exposed_scale(const fhe::Scale& case_scale) const;
  [[nodiscard]] fhe::Scale hazard_weight_scale(const fhe::Scale& case_scale) const;
  Status count_events();
  Result<std::vector<fhe::Ciphertext>> exposed(std::span<const Block> group,
                                               std::span<const fhe::Ciphertext> coefficients);
  Status add_at_risk(const fhe::Ciphertext& value, std::size_t block, std::vector<fhe::Ciphertext>& sums) const;
  Result<PassSums> hazard_pass(std::span<const fhe::Ciphertext> coefficients, bool last);

  const LogisticPlan& plan_;
  const Precision precision_;
  const RunFlooding flooding_;
  std::vector<std::uint32_t> numbers_;
  const ColumnLoader& loader_;
  const Workbench& bench_;
  Refresher& refresher_;
  fhe::Level top_;
  fhe::LogisticCurve curve_;
  SumLayout layout_;
  fhe::NttPoly imaginary_;  // i in every slot
  BlockShelf shelf_;
  std::unique_ptr<Hazard> hazard_;      // of Cox's model
  std::unique_ptr<ColumnUnits> units_;  // of Cox's model
  fhe::Scale case_scale_;
  fhe::Ciphertext cases_, asked_, weight_, centred_;
};

}  // namespace mc::query
