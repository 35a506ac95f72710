// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/util/sentence.hpp"
#include "results/records/case_summary.hpp"
#include "results/verdicts/link_rates.hpp"

#include <nlohmann/json_fwd.hpp>

namespace plumbline::report {

/// What the page draws of a case, under its title; of one that wasn't measured, why.
nlohmann::ordered_json case_json(const CaseSummary& stored, const Sentence& title, const IdealTimes& ideals);

}  // namespace plumbline::report
