#pragma once

#include "results/records/case_record.hpp"
#include "results/statistics/statistics.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline {

/// What makes a rank the last one. Each is a number of its own, from the samples of every rank.
enum class StragglerKind : std::uint8_t {
    arrives_late,    ///< its start after the others' (start_offset_s)
    computes_long,   ///< its compute in a workload whose ranks all compute the same (shares/compute_s)
    transfers_long,  ///< its end of a collective that treats all ranks alike, counted from the last rank's start
};
inline constexpr std::array all_straggler_kinds{StragglerKind::arrives_late, StragglerKind::computes_long,
                                                StragglerKind::transfers_long};
std::string_view name(StragglerKind how);  ///< "arrives_late", ...

struct Straggler {
    int rank = 0;  ///< of the launch
    StragglerKind how = StragglerKind::arrives_late;
    /// Of the case in the middle of those in which it is slow, by their share of the case's time: median over the
    /// samples of its number - the median of the other ranks' in the same sample.
    double excess_s = 0;
    Interval interval_s;     ///< of the excess, at StragglerRules::confidence
    double reference_s = 0;  ///< the others' number; where it arrives late the length of a sample
    std::string at;          ///< describe() of that case
    std::size_t samples = 0;
    std::size_t slow_cases = 0;
    std::size_t cases = 0;  ///< that could tell of this rank
    bool operator==(const Straggler&) const = default;
};

struct StragglerRules {
    double confidence = 0.95;   ///< of the intervals that are printed
    double false_names = 0.01;  ///< chance of any false name in a healthy file
    double least = 0.04;        ///< share of reference_s that the excess must be beyond
};

struct StragglerReport {
    std::vector<Straggler> found;                                        ///< by kind, then the largest share first
    std::array<std::size_t, all_straggler_kinds.size()> judged_cases{};  ///< [StragglerKind] cases that could tell
    std::vector<std::string> notes;                                      ///< what can't be told, one sentence each
    bool operator==(const StragglerReport&) const = default;
};

/// The distance of each value from the middle of all, as Student's t with n - 1 degrees of freedom sees one more value
/// of a crowd whose scale is 1.4826 * b_n * MAD (b_n for few values: Croux, Rousseeuw 1992): two-sided p, 1 where
/// the value is not above the middle. 0 where more than half of all are equal and this one is above them.
std::vector<double> outlier_p_value(std::span<const double> values);

/// Fed with the cases of a file, one after the other; keeps what it needs of each. Pure.
///
/// A rank is slow in a case when its excess (above) stands out of the crowd of ranks (outlier_p_value) and its exact
/// interval lies beyond `least`, both at a chance of false_names / (2 * 3 kinds * n ranks), and three of four rounds
/// show the same. It is named when it is slow in at least half of the cases that can tell, which healthy ranks are with
/// a chance of at most twice that in one case, however cases hang together (Markov). Who transfers long must do so in
/// two different collectives: in one alone its place in the algorithm may be the cause.
class StragglerSearch {
public:
    explicit StragglerSearch(const StragglerRules& rules = {});
    ~StragglerSearch();
    StragglerSearch(StragglerSearch&&) noexcept;

    void add(const CaseRecord& record);
    StragglerReport report() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace plumbline
