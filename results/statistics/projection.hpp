#pragma once

#include "results/statistics/statistics.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace plumbline {

/// A time at a scale, and how far it may be off.
struct ScalePoint {
    double ranks = 0;
    double seconds = 0;
    double relative_error = 0;  ///< half width of its interval / seconds; 0: exact, or it has none
    bool operator==(const ScalePoint&) const = default;
};

/// One form of T(n) and what it predicts. Coefficients are non-negative: no physical cost is less than nothing.
struct ProjectedForm {
    std::string formula;        ///< "0.1 + 20/n + 0.003 log2(n)"
    double seconds = 0;         ///< at the scale asked for
    double error = 0;           ///< relative, leave-one-out, root of the mean square
    double standard_error = 0;  ///< of `seconds`, from those of the points
    bool kept = false;          ///< within the tolerance: it takes part in the interval
};

struct Projection {
    double seconds = 0;                ///< by the form with the least error
    Interval interval;                 ///< over all forms kept, and what the points may be off
    double ratio = 1;                  ///< scale asked for / largest scale measured
    std::vector<ProjectedForm> forms;  ///< the best first
};

/// Beyond it nothing is accepted: "extrapolated, not accepted".
inline constexpr double largest_accepted_ratio = 4;
/// Fewest points that tell forms apart.
inline constexpr std::size_t fewest_points = 3;

/// Step time at `ranks` from points at smaller scales. Fits sums of 1, 1/n, (n-1)/n, 1/sqrt(n), log2 n, sqrt(n) and n
/// with non-negative coefficients, weighted by 1/T, and from 5 points on Extra-P's normal form c0 + c1 n^i log2(n)^j
/// (Calotoiu et al. 2013). Kept are forms whose leave-one-out error is at most 1.5 times the least, or the points'
/// standard errors, or 2 %: no form is the truth. With fewer than 5 points twice the least, or 5 %: so few tell little
/// apart. The interval spans the forms kept, each give or take the standard error that it has from its points', and how
/// the last three points alone go on (sums of two terms without n that meet them): a knee shows there first. All that
/// give or take what the points, or the best form by leave-one-out, are off.
/// Nothing for fewer than 3 scales. `confidence` in (0, 1), of the points' errors too.
std::optional<Projection> project_time(std::span<const ScalePoint> points, double ranks, double confidence);

}  // namespace plumbline
