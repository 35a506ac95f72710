// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

namespace plumbline {

/// rows[i] x = values[i], with more rows than unknowns.
struct LinearSystem {
    std::vector<std::vector<double>> rows;
    std::vector<double> values;
};

/// Non-negative least squares for few unknowns: the best non-negative one of the ordinary solutions over all sets of
/// unknowns that are not 0 (Lawson, Hanson 1974: the optimum is one of them).
std::vector<double> non_negative_least_squares(const LinearSystem& system);

/// z with P(Z <= z) = p for a standard normal Z; 0 < p < 1.
double normal_quantile(double p);

}  // namespace plumbline
