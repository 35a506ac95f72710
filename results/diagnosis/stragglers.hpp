// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/case_record.hpp"
#include "results/statistics/statistics.hpp"
#include "results/summaries/rank_excesses.hpp"
#include "results/summaries/round_digest.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace plumbline {

struct Straggler {
    int rank = 0;  ///< world rank
    StragglerKind kind = StragglerKind::arrives_late;
    /// Median over the samples of a case: the rank's quantity - the median of the other ranks' in the same sample. The
    /// case is the middle one of those in which the rank is slow, ordered by the excess as a share of the time.
    double excess_s = 0;
    Interval interval_s;     ///< of the excess, at StragglerRules::confidence
    double reference_s = 0;  ///< the others' quantity; for a late arrival the length of a sample
    std::string at;          ///< describe() of that case
    std::size_t samples = 0;
    std::size_t slow_cases = 0;
    std::size_t cases = 0;  ///< cases in which this rank could be judged
    bool operator==(const Straggler&) const = default;
};

struct StragglerRules {
    double confidence = 0.95;   ///< of the intervals that are printed
    double false_names = 0.01;  ///< chance of any false name in a healthy file
    double least = 0.04;        ///< the excess must be above this share of reference_s
};

struct StragglerReport {
    std::vector<Straggler> found;                                        ///< by kind, then the largest share first
    std::array<std::size_t, all_straggler_kinds.size()> judged_cases{};  ///< [StragglerKind] cases that were judged
    std::vector<std::string> notes;                                      ///< limits of the data, one sentence each
    bool operator==(const StragglerReport&) const = default;
};

/// [value] two-sided p of an outlier test: the distance from the median over the scale 1.4826 * b_n * MAD (b_n corrects
/// for few values: Croux, Rousseeuw 1992), as Student's t with n - 1 degrees of freedom for one more value. 1 where the
/// value is not above the median; 0 where more than half of all values are equal and this one is above them.
std::vector<double> outlier_p_value(std::span<const double> values);

/// Finds ranks that are slower than the others. Takes the cases of a file one after the other and keeps only numbers of
/// each.
///
/// A rank is slow in a case when its excess is an outlier among the ranks (outlier_p_value) and its exact interval lies
/// above `least`, both at a chance of false_names / (2 * 3 kinds * n ranks), and three of four rounds show the same. It
/// is named when it is slow in at least half of the cases in which it was judged; for a healthy rank that has at most
/// twice the chance of one case, however the cases depend on each other (Markov). A rank that transfers long must do so
/// in two different collectives: in one alone its place in the algorithm may be the cause.
class StragglerSearch {
public:
    explicit StragglerSearch(const StragglerRules& rules = {});
    ~StragglerSearch();
    StragglerSearch(StragglerSearch&&) noexcept;

    void add(const CaseRecord& record);
    /// The same of a case by the digests of its rounds, where these show that no rank is slow in it. Otherwise nothing
    /// is taken and false comes back: its samples have to be looked at.
    bool add(const CaseHeader& header, std::span<const RoundDigest> rounds);
    StragglerReport report() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace plumbline
