// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/endurance/soak.hpp"
#include "results/report/texts.hpp"
#include "results/verdicts/finding.hpp"

#include <string>

namespace plumbline::report {

/// The page of a soak: one self-contained HTML file that is drawn without scripts; one switches the language. Whatever
/// a journal says stays text. Pure.
std::string soak_page(const Soak& soak, const Judgement& judgement, Language first);

}  // namespace plumbline::report
