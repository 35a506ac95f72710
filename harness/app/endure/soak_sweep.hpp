// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/app/run/share_inputs.hpp"
#include "harness/launch/launch.hpp"
#include "harness/util/rank_status.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace plumbline::app {

/// One collective of a sweep.
struct SweptCase {
    std::string what;
    std::string header;                 ///< as JSON, see header_json()
    std::optional<double> bytes_per_s;  ///< busbw of the median; nothing where it has none
    bool wrong_data = false;
    std::string why;  ///< of wrong data
};

/// A short measurement of the scenario's collectives, now and then in a soak. Refers to what it is given.
class SoakSweep {
public:
    SoakSweep(const Launched& launched, const SharedInputs& inputs, const std::function<bool()>& interrupted);
    /// Collective over world: on rank 0 what came out of each, nothing elsewhere.
    std::vector<SweptCase> run(RankStatus& status) const;

private:
    const Launched& launched_;
    const std::function<bool()>& interrupted_;
    Scenario scenario_;
    Plan plan_;
};

}  // namespace plumbline::app
