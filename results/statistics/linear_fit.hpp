#pragma once

#include <vector>

namespace plumbline {

/// rows[i] x = values[i], more of them than unknowns.
struct LinearSystem {
    std::vector<std::vector<double>> rows;
    std::vector<double> values;
};

/// The x of the least squares that has no negative entry, for few unknowns: the best of the ordinary solutions over
/// all sets of unknowns that are not 0 and come out non-negative (Lawson, Hanson 1974: the optimum is one of them).
std::vector<double> non_negative_least_squares(const LinearSystem& system);

/// z with P(Z <= z) = p for a standard normal Z; 0 < p < 1.
double normal_quantile(double p);

}  // namespace plumbline
