// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/key_switching.hpp"

#include <array>
#include <atomic>
#include <bitset>
#include <deque>
#include <numeric>

#include "fhe/ring/division.hpp"
#include "fhe/ring/mixed_radix.hpp"

namespace mc::fhe {
namespace {

// Rows are one cache line longer than a power of two: otherwise those of all digits fall into the same cache sets.
constexpr std::size_t kRowPadding = 8;
constexpr std::size_t kCacheBytes = std::size_t{4} << 20;  // what may be expected to stay near one core
constexpr std::size_t kLimbsPerBlock = 4;
constexpr std::size_t kStreamedFrom = std::size_t{12} << 20;
constexpr std::size_t kAskedMax = 8192;  // words; what is asked for competes with what the transform reads itself

/// Opens when so many jobs have ended.
class Gate {
 public:
  explicit Gate(std::size_t jobs) : left_(jobs) {}
  /// Its end is the job's, also when memory runs out: nobody must wait for ever.
  class Opener {
   public:
    explicit Opener(Gate& gate) : gate_(gate) {}
    ~Opener() { gate_.left_.fetch_sub(1, std::memory_order_release); }
    Opener(const Opener&) = delete;
    Opener& operator=(const Opener&) = delete;

   private:
    Gate& gate_;
  };
  [[nodiscard]] bool open() const { return left_.load(std::memory_order_acquire) == 0; }
  void wait() const {
    for (std::size_t look = 1; !open(); ++look) let_a_moment_pass(look);
  }

 private:
  std::atomic<std::size_t> left_;
};

/// The digits of a polynomial in coefficient form, ready to be extended to any prime.
class CoefficientDigits {
 public:
  CoefficientDigits(const Params& params, const NttPoly& c, const Workers* workers)
      : params_(params),
        level_(c.basis().q_limbs),
        row_words_(params.ring().degree() + kRowPadding),
        words_(level_ * row_words_) {
    const std::size_t digits = params.digit_count(Level(level_));
    std::array<std::size_t, MixedRadix::kPrimesMax> places{};
    for (std::size_t i = 0; i < digits; ++i) {
      const std::size_t size = end_of(i) - first_of(i);
      std::iota(places.begin(), places.begin() + static_cast<std::ptrdiff_t>(size), first_of(i));
      radices_.emplace_back(params.ring(), std::span(places).first(size));
    }
    std::deque<Gate> coefficients_made;  // of each digit
    for (const MixedRadix& radix : radices_) coefficients_made.emplace_back(radix.size());
    run_on(workers, level_ + (params.digit_primes() == 1 ? 0 : digits), [&](std::size_t i) {
      if (i < level_) {
        const std::size_t digit = i / params_.digit_primes();
        const Gate::Opener opener(coefficients_made[digit]);
        radices_[digit].to_coefficients(i - first_of(digit), row(i), c.limb(i).data());
      } else {
        coefficients_made[i - level_].wait();
        make_digit(i - level_);
      }
    });
  }

  [[nodiscard]] std::size_t count() const { return radices_.size(); }
  [[nodiscard]] bool holds(std::size_t digit, std::size_t place) const {
    return place >= first_of(digit) && place < end_of(digit);
  }
  /// out = digit modulo the prime at `place`, lazy, NTT form, in two steps.
  void begin_extend(std::size_t digit, std::uint64_t* out, std::size_t place) const {
    radices_[digit].begin_extend(out, rows_of(digit).span(), place);
  }
  void end_extend(std::size_t digit, std::uint64_t* part, std::size_t index, std::size_t place, Ahead ahead) const {
    radices_[digit].end_extend_lazy(part, index, place, ahead);
  }

 private:
  struct Rows {
    std::array<const std::uint64_t*, MixedRadix::kPrimesMax> of{};
    std::size_t count = 0;
    [[nodiscard]] std::span<const std::uint64_t* const> span() const { return std::span(of).first(count); }
  };
  [[nodiscard]] Rows rows_of(std::size_t digit) const {
    Rows rows;
    for (; rows.count < radices_[digit].size(); ++rows.count) rows.of[rows.count] = row(first_of(digit) + rows.count);
    return rows;
  }
  void make_digit(std::size_t i) {
    AlignedWords scratch(params_.ring().degree());
    std::array<std::uint64_t*, MixedRadix::kPrimesMax> rows{};
    for (std::size_t k = 0; k < radices_[i].size(); ++k) rows[k] = row(first_of(i) + k);
    radices_[i].to_digits(std::span(rows).first(radices_[i].size()), scratch.data());
  }
  [[nodiscard]] std::size_t first_of(std::size_t digit) const { return digit * params_.digit_primes(); }
  [[nodiscard]] std::size_t end_of(std::size_t digit) const {
    return std::min<std::size_t>(first_of(digit) + params_.digit_primes(), level_);
  }
  [[nodiscard]] const std::uint64_t* row(std::size_t j) const { return words_.data() + j * row_words_; }
  [[nodiscard]] std::uint64_t* row(std::size_t j) { return words_.data() + j * row_words_; }

  const Params& params_;
  std::size_t level_;
  std::size_t row_words_;
  AlignedWords words_;
  std::vector<MixedRadix> radices_;
};

/// The digits modulo one prime, in NTT form and in the cache. Either one thread begins them all, and they end when a
/// product needs them; or several lift a digit each, and only products follow.
class LiftedDigits {
 public:
  /// `c` is what the digits are of.
  LiftedDigits(const Params& params, const CoefficientDigits& digits, const NttPoly& c, std::size_t place)
      : ring_(params.ring()),
        digits_(digits),
        place_(place),
        row_words_(ring_.degree() + kRowPadding),
        words_(digits.count() * row_words_) {
    for (std::size_t i = 0; i < digits.count(); ++i) {
      // A digit modulo one of its own primes is what it came from.
      rows_[i] = digits.holds(i, place) ? c.limb(place).data() : row(i);
    }
  }

  [[nodiscard]] std::size_t place() const { return place_; }

  static LiftedDigits begun(const Params& params, const CoefficientDigits& digits, const NttPoly& c,
                            std::size_t place) {
    LiftedDigits lifted(params, digits, c, place);
    for (std::size_t i = 0; i < digits.count(); ++i) {
      if (!digits.holds(i, place)) digits.begin_extend(i, lifted.row(i), place);
    }
    return lifted;
  }

  /// To be lifted digit by digit before anything is multiplied.
  static LiftedDigits shared(const Params& params, const CoefficientDigits& digits, const NttPoly& c,
                             std::size_t place) {
    LiftedDigits lifted(params, digits, c, place);
    lifted.ended_.set();
    return lifted;
  }
  void lift(std::size_t digit) {
    if (digits_.holds(digit, place_)) return;
    digits_.begin_extend(digit, row(digit), place_);
    const std::size_t size = ntt_part_size(ring_.degree());
    for (std::size_t part = 0; part < ring_.degree() / size; ++part) {
      digits_.end_extend(digit, row(digit) + part * size, part, place_, {});
    }
  }

  /// (b, a) (+)= the image of the digits times the key. `next`: the term that follows, or null.
  void multiply(const SwitchedTerm& term, bool accumulate, std::uint64_t* b, std::uint64_t* a,
                const SwitchedTerm* next = nullptr) {
    const std::size_t size = ntt_part_size(ring_.degree());
    if (ended_.all()) {
      product(term, accumulate, {0, ring_.degree()}, b, a, next);
      return;
    }
    for (std::size_t image = 0; image < ring_.degree() / size; ++image) {
      multiply_part(term, accumulate, image, b + image * size, a + image * size, next);
    }
    ended_.set();
  }

  /// The same for part `image` of ntt_part_size residues. An automorphism takes whole parts to whole parts: each is
  /// ended, and meets the key, when its image is due.
  void multiply_part(const SwitchedTerm& term, bool accumulate, std::size_t image, std::uint64_t* b, std::uint64_t* a,
                     const SwitchedTerm* next = nullptr) {
    const std::size_t size = ntt_part_size(ring_.degree());
    const std::size_t part = term.automorphism == nullptr ? image : term.automorphism->source_part(image, size);
    if (!ended_[part]) {
      end_part(part, rows_of(term, image));
      ended_.set(part);  // not where it is set: threads that share these digits only read
    }
    product(term, accumulate, {image * size, size}, b, a, next);
  }

  /// What multiply_part is going to read of the key.
  [[nodiscard]] Ahead rows_of(const SwitchedTerm& term, std::size_t image) const {
    const std::size_t size = ntt_part_size(ring_.degree());
    const KeyRows key = term.key->rows(place_);
    const std::size_t first = key.bytes_before(image * size) / sizeof(std::uint64_t);
    return {key.words + first, key.bytes_before((image + 1) * size) / sizeof(std::uint64_t) - first};
  }

 private:
  static constexpr std::size_t kPartsMax = 32;  // of a limb of 2^16 residues

  [[nodiscard]] std::uint64_t* row(std::size_t digit) { return words_.data() + digit * row_words_; }

  void product(const SwitchedTerm& term, bool accumulate, Residues which, std::uint64_t* b, std::uint64_t* a,
               const SwitchedTerm* next) const {
    KeyRows key = term.key->rows(place_);
    if (next != nullptr && which.first + which.count == ring_.degree()) key.next = next->key->rows(place_).words;
    ring_.kernels().key_product(b, a, rows_.data(), digits_.count(), key, term.automorphism, accumulate, which,
                                ring_.modulus_at(place_));
  }

  /// Ends the digits' transforms there; each asks for a share of what is needed afterwards.
  void end_part(std::size_t part, Ahead needed) {
    const std::size_t size = ntt_part_size(ring_.degree());
    const std::size_t share = needed.count / digits_.count();
    for (std::size_t i = 0; i < digits_.count(); ++i) {
      if (digits_.holds(i, place_)) continue;
      digits_.end_extend(i, row(i) + part * size, part, place_, {needed.words + i * share, share});
    }
  }

  const Ring& ring_;
  const CoefficientDigits& digits_;
  std::size_t place_;
  std::size_t row_words_;
  AlignedWords words_;
  std::array<const std::uint64_t*, Scale::kPrimesMax> rows_{};
  std::bitset<kPartsMax> ended_;  // parts whose transforms have ended
};

/// (b, a) = the sum of terms modulo the prime of the lifted digits.
void sum_terms(LiftedDigits& lifted, std::span<const SwitchedTerm> terms, std::uint64_t* b, std::uint64_t* a) {
  for (std::size_t k = 0; k < terms.size(); ++k) {
    lifted.multiply(terms[k], k != 0, b, a, k + 1 < terms.size() ? &terms[k + 1] : nullptr);
  }
}

/// The limbs that a division drops, for one answer: both parts, one row per dropped prime, at the end digits.
class Remainders {
 public:
  Remainders(const Ring& ring, std::size_t dropped) : degree_(ring.degree()), words_(2 * dropped * degree_) {
    for (std::size_t part = 0; part < 2; ++part) {
      for (std::size_t k = 0; k < dropped; ++k) {
        rows_[part].push_back(words_.data() + (part * dropped + k) * degree_);
        read_[part].push_back(rows_[part].back());
      }
    }
  }
  [[nodiscard]] std::span<std::uint64_t* const> rows(std::size_t part) const { return rows_[part]; }
  [[nodiscard]] std::span<const std::uint64_t* const> digits(std::size_t part) const { return read_[part]; }

 private:
  std::size_t degree_;
  AlignedWords words_;
  std::array<std::vector<std::uint64_t*>, 2> rows_;
  std::array<std::vector<const std::uint64_t*>, 2> read_;
};

/// The division of an answer's sums, part by part.
struct Dividing {
  const DivisionBySpecialPrimes& division;
  std::size_t part_size;
  bool past_caches;  // for results that would fill the caches

  /// Part `part` of limb j of both halves of `out`, from its sums and the remainders' transforms that were begun.
  /// `image`: part_size words. Asks for `needed`.
  void end_part(std::size_t j, std::size_t part, const std::array<const std::uint64_t*, 2>& sums,
                const Switched& wanted, std::array<AlignedWords, 2>& begun, std::uint64_t* image, Ahead needed,
                std::vector<NttPoly>& out) const {
    const std::size_t at = part * part_size;
    const std::size_t share = std::min(needed.count / 2, kAskedMax);
    for (std::size_t half = 0; half < 2; ++half) {
      division.end_part(j, part, out[half].limb(j).data() + at, sums[half],
                        wanted.addend(half, j, {at, part_size}, image), begun[half].data() + at, past_caches,
                        {needed.words + half * share, share});
    }
  }
};

/// Makes the kept limbs of answers; has the memory for one.
class KeptLimbs {
 public:
  KeptLimbs(const Ring& ring, const Dividing& dividing)
      : degree_(ring.degree()),
        dividing_(dividing),
        sums_(2 * degree_),
        begun_{AlignedWords(degree_), AlignedWords(degree_)},
        image_(dividing.part_size) {}

  /// All sums of the limb that is made next, for whoever would have to wait for the remainders.
  void sum_before(LiftedDigits& lifted, const Switched& wanted) {
    sum_terms(lifted, wanted.terms, sums_.data(), sums_.data() + degree_);
    summed_ = true;
  }

  /// Limb j of both parts of an answer, from its digits' lifts modulo that prime. The last term's product and the
  /// division go part by part: their sum stays in the first-level cache, and the division, which computes, asks for
  /// what the next product reads, at the end for `next`.
  void make(std::size_t j, LiftedDigits& lifted, const Switched& wanted, const Remainders& remainders, Ahead next,
            std::vector<NttPoly>& out) {
    const auto before = std::span(wanted.terms).first(wanted.terms.size() - 1);
    const SwitchedTerm& last = wanted.terms.back();
    if (!summed_) sum_terms(lifted, before, sums_.data(), sums_.data() + degree_);
    for (std::size_t half = 0; half < 2; ++half) {
      dividing_.division.begin_limb(j, remainders.digits(half), begun_[half].data());
    }
    for (std::size_t at = 0; at < degree_; at += dividing_.part_size) {
      const std::size_t part = at / dividing_.part_size;
      // A single term's sums have the same place in every part.
      std::uint64_t* const sum = sums_.data() + (summed_ || !before.empty() ? at : 0);
      if (!summed_) lifted.multiply_part(last, !before.empty(), part, sum, sum + degree_);
      Ahead needed = next;
      if (at + dividing_.part_size < degree_) needed = summed_ ? Ahead{} : lifted.rows_of(last, part + 1);
      dividing_.end_part(j, part, {sum, sum + degree_}, wanted, begun_, image_.data(), needed, out);
    }
    summed_ = false;
  }

 private:
  std::size_t degree_;
  const Dividing& dividing_;
  AlignedWords sums_;
  std::array<AlignedWords, 2> begun_;  // the remainders' transforms
  AlignedWords image_;
  bool summed_ = false;
};

/// A limb that threads make together: digit by digit, then part by part.
struct SharedLimb {
  SharedLimb(LiftedDigits digits, std::size_t jobs, std::size_t words)
      : lifted(std::move(digits)), begun{AlignedWords(words), AlignedWords(words)}, ready(jobs) {}
  LiftedDigits lifted;
  std::array<AlignedWords, 2> begun;  // the remainders' transforms, where it is kept
  Gate ready;
};

/// All answers wanted of one polynomial, as jobs: the limbs that the division drops, blocks of kept limbs, and, where
/// there are several threads, last limbs that they share, so that none is left over for one of them.
class Switching {
 public:
  Switching(const Params& params, const NttPoly& c, std::span<const Switched> wanted, std::uint32_t rescaled,
            const Workers* workers)
      : params_(params),
        ring_(params.ring()),
        c_(c),
        wanted_(wanted),
        division_(ring_, c.basis().q_limbs, rescaled),
        dividing_{division_, ntt_part_size(ring_.degree()), false},
        digits_(params, c, workers),
        workers_(workers),
        threads_(workers == nullptr ? 1 : workers->threads()),
        dropped_made_(dropped() * wanted.size()),
        remainders_made_(halves()) {
    const std::size_t bytes = wanted.size() * 2 * ring_.degree() * sizeof(std::uint64_t);
    // Results that fill the caches anyway are written past them.
    dividing_.past_caches = bytes * division_.kept() > kStreamedFrom;
    // Limbs of a block share an answer's digits, which would otherwise come from memory again for every limb.
    block_ = bytes * dropped() > kCacheBytes ? kLimbsPerBlock : 1;
    for (std::size_t r = 0; r < wanted.size(); ++r) {
      remainders_.emplace_back(ring_, dropped());
      results_.emplace_back();
      for (int half = 0; half < 2; ++half) {
        results_.back().push_back(ring_.make_unset<Domain::kNtt>({division_.kept(), false}));
      }
    }
    share_limbs();
    share_blocks();
  }

  /// In one loop, so that a thread that finds no job of a stage left goes on to the next one. Who waits, waits for jobs
  /// that others have begun, because indices are taken in ascending order.
  std::vector<std::vector<NttPoly>> run() {
    struct Stage {
      std::size_t jobs;
      void (Switching::*job)(std::size_t);
    };
    const std::size_t parts = ring_.degree() / dividing_.part_size;
    const Stage stages[] = {
        {shared_dropped_.size() * digits_.count(), &Switching::lift_dropped},
        {shared_dropped_.empty() ? dropped() : dropped() * wanted_.size(), &Switching::make_dropped},
        {rounds_ * threads_, &Switching::make_block},
        {left_over_ * threads_, &Switching::make_slice},
        {shared_kept_.size() * lifts_of_kept(), &Switching::lift_kept},
        {shared_kept_.size() * parts, &Switching::make_kept_part},
    };
    std::size_t jobs = 0;
    for (const Stage& stage : stages) jobs += stage.jobs;
    run_on(workers_, jobs, [&](std::size_t i) {
      const Stage* stage = stages;
      for (; i >= stage->jobs; ++stage) i -= stage->jobs;
      (this->*stage->job)(i);
    });
    return std::move(results_);
  }

 private:
  [[nodiscard]] std::size_t dropped() const { return division_.radix().size(); }
  [[nodiscard]] std::size_t halves() const { return 2 * wanted_.size(); }
  [[nodiscard]] std::size_t lifts_of_kept() const { return digits_.count() + 2; }  // and both halves' remainders

  /// Of one answer, the last kept limbs: their number needs not be a multiple of that of the threads. Of several, the
  /// dropped ones: an answer's part in them is enough for a job, and that of all is much to wait for.
  void share_limbs() {
    if (threads_ == 1) return;
    if (wanted_.size() > 1) {
      for (std::size_t k = 0; k < dropped(); ++k) {
        shared_dropped_.emplace_back(LiftedDigits::shared(params_, digits_, c_, division_.radix().place(k)),
                                     digits_.count(), 0);
      }
      return;
    }
    const std::size_t count = std::min<std::size_t>(threads_ - 1, division_.kept());
    for (std::size_t j = division_.kept() - count; j < division_.kept(); ++j) {
      shared_kept_.emplace_back(LiftedDigits::shared(params_, digits_, c_, j), lifts_of_kept(), ring_.degree());
    }
  }

  /// Whole limbs go in rounds: a block for every thread, of one size in a round, as even as can be and the larger ones
  /// first. Of several answers, limbs that do not make one for every thread are left over; each is cut into slices, an
  /// equal share of the answers, whose digits are lifted anew.
  void share_blocks() {
    const std::size_t whole = division_.kept() - shared_kept_.size();
    left_over_ = wanted_.size() > 1 ? whole % threads_ : 0;
    limbs_each_ = (whole - left_over_ + threads_ - 1) / threads_;
    rounds_ = (limbs_each_ + block_ - 1) / block_;
  }
  /// How many limbs every thread has made before a round.
  [[nodiscard]] std::size_t made_before(std::size_t round) const {
    return (limbs_each_ * round + rounds_ - 1) / rounds_;
  }

  void lift_dropped(std::size_t i) {
    SharedLimb& limb = shared_dropped_[i / digits_.count()];
    const Gate::Opener opener(limb.ready);
    limb.lifted.lift(i % digits_.count());
  }

  void make_dropped(std::size_t i) {
    if (shared_dropped_.empty()) {
      LiftedDigits lifted = LiftedDigits::begun(params_, digits_, c_, division_.radix().place(i));
      for (std::size_t r = 0; r < wanted_.size(); ++r) make_dropped(i, r, lifted);
    } else {
      SharedLimb& limb = shared_dropped_[i / wanted_.size()];
      limb.ready.wait();
      make_dropped(i / wanted_.size(), i % wanted_.size(), limb.lifted);
    }
  }

  void make_dropped(std::size_t k, std::size_t r, LiftedDigits& lifted) {
    const Gate::Opener opener(dropped_made_);
    const std::size_t place = division_.radix().place(k);
    sum_terms(lifted, wanted_[r].terms, remainders_[r].rows(0)[k], remainders_[r].rows(1)[k]);
    const bool has_addend = place < c_.basis().q_limbs;
    AlignedWords image(has_addend ? ring_.degree() : 0);
    for (std::size_t half = 0; half < 2; ++half) {
      division_.enter_dropped(k, remainders_[r].rows(half)[k],
                              has_addend ? wanted_[r].addend(half, place, {0, ring_.degree()}, image.data()) : nullptr);
    }
  }

  /// Whoever needs the remainders takes a share in making them.
  void finish_remainders() {
    dropped_made_.wait();
    for (std::size_t i = next_remainder_.fetch_add(1); i < halves(); i = next_remainder_.fetch_add(1)) {
      const Gate::Opener opener(remainders_made_);
      AlignedWords scratch(ring_.degree());
      division_.radix().to_digits(remainders_[i / 2].rows(i % 2), scratch.data());
    }
    remainders_made_.wait();
  }

  void make_block(std::size_t index) {
    const std::size_t round = index / threads_;
    const std::size_t size = made_before(round + 1) - made_before(round);
    const std::size_t first = made_before(round) * threads_ + index % threads_ * size;
    const std::size_t whole = division_.kept() - shared_kept_.size() - left_over_;
    make_limbs(std::min(first, whole), std::min(first + size, whole), 0, wanted_.size());
  }

  void make_slice(std::size_t index) {
    const std::size_t limb = division_.kept() - left_over_ + index / threads_;
    const std::size_t slice = index % threads_;
    make_limbs(limb, limb + 1, wanted_.size() * slice / threads_, wanted_.size() * (slice + 1) / threads_);
  }

  /// Limbs [first, end) of answers [first_answer, end_answer).
  void make_limbs(std::size_t first, std::size_t end, std::size_t first_answer, std::size_t end_answer) {
    if (first == end || first_answer == end_answer) return;
    std::vector<LiftedDigits> lifted;
    for (std::size_t j = first; j < end; ++j) lifted.push_back(LiftedDigits::begun(params_, digits_, c_, j));
    KeptLimbs limbs(ring_, dividing_);
    if (lifted.size() == 1 && wanted_.size() == 1 && !dropped_made_.open()) limbs.sum_before(lifted[0], wanted_[0]);
    finish_remainders();
    for (std::size_t r = first_answer; r < end_answer; ++r) {
      for (std::size_t j = first; j < end; ++j) {
        const bool turns = j + 1 == end;
        Ahead next;
        if (!turns) next = lifted[j + 1 - first].rows_of(wanted_[r].terms.front(), 0);
        if (turns && r + 1 < end_answer) next = lifted[0].rows_of(wanted_[r + 1].terms.front(), 0);
        limbs.make(j, lifted[j - first], wanted_[r], remainders_[r], next, results_[r]);
      }
    }
  }

  void lift_kept(std::size_t i) {
    SharedLimb& limb = shared_kept_[i / lifts_of_kept()];
    const Gate::Opener opener(limb.ready);
    const std::size_t digit = i % lifts_of_kept();
    if (digit < digits_.count()) {
      limb.lifted.lift(digit);
      return;
    }
    finish_remainders();
    const std::size_t half = digit - digits_.count();
    division_.begin_limb(limb.lifted.place(), remainders_[0].digits(half), limb.begun[half].data());
  }

  void make_kept_part(std::size_t i) {
    const std::size_t size = dividing_.part_size;
    const std::size_t parts = ring_.degree() / size;
    SharedLimb& limb = shared_kept_[i / parts];
    limb.ready.wait();
    AlignedWords words(3 * size);
    std::uint64_t* const sum = words.data();
    bool accumulate = false;
    for (const SwitchedTerm& term : wanted_[0].terms) {
      limb.lifted.multiply_part(term, accumulate, i % parts, sum, sum + size);
      accumulate = true;
    }
    dividing_.end_part(limb.lifted.place(), i % parts, {sum, sum + size}, wanted_[0], limb.begun, sum + 2 * size, {},
                       results_[0]);
  }

  const Params& params_;
  const Ring& ring_;
  const NttPoly& c_;
  std::span<const Switched> wanted_;
  DivisionBySpecialPrimes division_;
  Dividing dividing_;
  CoefficientDigits digits_;
  const Workers* workers_;
  std::size_t threads_;
  Gate dropped_made_, remainders_made_;
  std::atomic<std::size_t> next_remainder_{0};
  std::size_t block_ = 1;  // limbs, at most
  std::size_t limbs_each_ = 0, rounds_ = 0, left_over_ = 0;
  std::vector<Remainders> remainders_;
  std::deque<SharedLimb> shared_dropped_, shared_kept_;
  std::vector<std::vector<NttPoly>> results_;
};

}  // namespace

WidePair make_wide_pair(const Params& params, Level level) {
  const Basis wide{level.value, true};
  return {params.ring().make_unset<Domain::kNtt>(wide), params.ring().make_unset<Domain::kNtt>(wide)};
}

void switch_key_limbs(const Params& params, const NttPoly& c, const Workers* workers,
                      const std::function<void(std::size_t limb, const ProductOfDigits& product)>& use) {
  const CoefficientDigits digits(params, c, workers);
  const Ring& ring = params.ring();
  const Basis wide{c.basis().q_limbs, true};
  run_on(workers, ring.limb_count(wide), [&](std::size_t j) {
    LiftedDigits lifted = LiftedDigits::begun(params, digits, c, ring.place_of(wide, j));
    use(j, [&lifted](const SwitchedTerm& term, bool accumulate, std::uint64_t* b, std::uint64_t* a) {
      lifted.multiply(term, accumulate, b, a);
    });
  });
}

std::vector<std::vector<NttPoly>> switch_key(const Params& params, const NttPoly& c, std::span<const Switched> wanted,
                                             std::uint32_t rescaled, const Workers* workers) {
  MC_CHECK(rescaled < c.basis().q_limbs);
  return Switching(params, c, wanted, rescaled, workers).run();
}

}  // namespace mc::fhe
