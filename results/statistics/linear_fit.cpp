// SPDX-License-Identifier: Apache-2.0
#include "results/statistics/linear_fit.hpp"

#include <Eigen/Dense>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace plumbline {

std::vector<double> non_negative_least_squares(const LinearSystem& system)
{
    const std::size_t unknowns = system.rows.empty() ? 0 : system.rows.front().size();
    const auto equations = static_cast<Eigen::Index>(system.rows.size());
    const Eigen::Map<const Eigen::VectorXd> values(system.values.data(), equations);
    std::vector<double> best(unknowns, 0.0);
    double least = values.squaredNorm();
    for (std::uint32_t set = 1; set < (1U << unknowns); ++set) {
        std::vector<std::size_t> chosen;
        for (std::size_t i = 0; i < unknowns; ++i) {
            if ((set >> i & 1U) != 0) {
                chosen.push_back(i);
            }
        }
        if (chosen.size() > system.rows.size()) {
            continue;
        }
        Eigen::MatrixXd matrix(equations, static_cast<Eigen::Index>(chosen.size()));
        for (Eigen::Index row = 0; row < equations; ++row) {
            for (std::size_t column = 0; column < chosen.size(); ++column) {
                matrix(row, static_cast<Eigen::Index>(column)) =
                    system.rows[static_cast<std::size_t>(row)][chosen[column]];
            }
        }
        // Columns differ by orders of magnitude.
        const Eigen::VectorXd scale = matrix.colwise().norm();
        if (scale.minCoeff() <= 0) {
            continue;
        }
        const Eigen::MatrixXd scaled = matrix * scale.cwiseInverse().asDiagonal();
        const Eigen::VectorXd solution = scaled.colPivHouseholderQr().solve(values).cwiseQuotient(scale);
        const double residual = (matrix * solution - values).squaredNorm();
        if (solution.minCoeff() >= 0 && residual < least) {
            least = residual;
            best.assign(unknowns, 0.0);
            for (std::size_t i = 0; i < chosen.size(); ++i) {
                best[chosen[i]] = solution[static_cast<Eigen::Index>(i)];
            }
        }
    }
    return best;
}

double normal_quantile(double p)
{
    // Bisection on erfc, which the standard library has.
    double low = -40;
    double high = 40;
    for (int i = 0; i < 200; ++i) {
        const double middle = (low + high) / 2;
        (0.5 * std::erfc(-middle / std::sqrt(2.0)) < p ? low : high) = middle;
    }
    return (low + high) / 2;
}

}  // namespace plumbline
