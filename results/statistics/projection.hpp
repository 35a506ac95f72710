// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/statistics/statistics.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace plumbline {

/// A time at a scale, with its error.
struct ScalePoint {
    double ranks = 0;
    double seconds = 0;
    double relative_error = 0;  ///< half width of its interval / seconds; 0: exact, or without an interval
    bool operator==(const ScalePoint&) const = default;
};

/// One form of T(n) and its prediction. Coefficients are non-negative, as physical costs are.
struct ProjectedForm {
    std::string formula;        ///< "0.1 + 20/n + 0.003 log2(n)"
    double seconds = 0;         ///< at the scale asked for
    double error = 0;           ///< relative leave-one-out error, root mean square
    double standard_error = 0;  ///< of `seconds`, from the errors of the points
    bool kept = false;          ///< its error is within the tolerance: it takes part in the interval
};

struct Projection {
    double seconds = 0;                ///< by the form with the least error
    Interval interval;                 ///< over all forms kept, with the errors of the points
    double ratio = 1;                  ///< scale asked for / largest scale measured
    std::vector<ProjectedForm> forms;  ///< least error first
};

/// Largest ratio of scales at which a projection is accepted.
inline constexpr double largest_accepted_ratio = 4;
/// Fewest points that distinguish forms.
inline constexpr std::size_t fewest_points = 3;

/// Step time at `ranks` from points at smaller scales. Fits sums of 1, 1/n, (n-1)/n, 1/sqrt(n), log2 n, sqrt(n) and n
/// with non-negative coefficients, weighted by 1/T, and from 5 points on Extra-P's normal form c0 + c1 n^i log2(n)^j
/// (Calotoiu et al. 2013). A form is kept where its leave-one-out error is at most 1.5 times the least one, or the
/// points' standard errors, or 2 %, since no form is the truth; with fewer than 5 points, which distinguish forms
/// poorly, twice the least one or 5 %. The interval spans the forms kept, each widened by the standard error that it
/// has from its points, and the continuation of the last three points alone (sums of two terms without n through them),
/// where a knee shows first. It is widened by the error of the points, or of the best form in leave-one-out where that
/// is larger. Nothing for fewer than 3 scales. `confidence` in (0, 1), of the points' errors too.
std::optional<Projection> project_time(std::span<const ScalePoint> points, double ranks, double confidence);

}  // namespace plumbline
