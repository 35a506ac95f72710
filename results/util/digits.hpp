// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

/// How many digits it takes for numbers to say what was decided by them.
namespace plumbline::text {

/// A way to write numbers. `read` gives the number that `write` wrote; more digits bring it nearer to the original, and
/// 17 give the original.
struct Notation {
    std::string (*write)(double value, int digits);
    double (*read)(const std::string& written);
    int fewest = 3;  ///< digits where nothing asks for more
};
Notation plain_number();           ///< significant digits: "0.935"
Notation with_unit_of_s();         ///< significant digits, ns to s: "20.1 ms"
Notation with_unit_of_time();      ///< significant digits, s to days: "16.7 min", "10.0 d"
Notation fixed_point(int fewest);  ///< decimals: "0.935"

/// `values` as texts of equally many digits: as few as the notation allows that leave each of them below, on or above
/// each limit, as it is. So an interval and the bound that it misses never read alike. Limits count as written in full.
std::vector<std::string> written_apart(std::span<const double> values, std::span<const double> limits,
                                       const Notation& notation);

/// A bound in ten digits, or in as many as it takes to read the same number.
std::string written_in_full(double bound);
/// The same of a time in seconds, in the largest unit that it is a round number of: "30 min", "10 d".
std::string duration_in_full(double bound_s);

}  // namespace plumbline::text
