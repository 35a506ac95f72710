// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/util/sentence.hpp"
#include "results/comparison/compare.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace plumbline {

/// How large an effect is, from Cliff's delta: below 0.147 none to speak of, 0.33 small, 0.474 medium, else large.
/// Romano et al., "Appropriate statistics for ordinal level data", 2006.
Sentence effect_said(double cliffs_delta);

/// "B is 1.24 x faster where bandwidth counts, equal in latency, 9 % dearer a GB/s": of each run but the reference.
/// A regime is equal where its mean is within 2 % and each case within 5 %; a difference that no case shows is called
/// so. Names are the runs' labels.
std::vector<Sentence> who_wins(std::span<const ComparedRun> runs, const Comparison& comparison);

/// The fastest of three runs and more in each regime: "fastest where bandwidth counts: C, in latency: A and B"; empty
/// of two.
Sentence fastest_said(std::span<const ComparedRun> runs, const Comparison& comparison);

/// Tokens for money and for energy, of each case that makes tokens: "decode ...: B 400 tokens/s beside 100 tokens/s
/// (+300 %); a CNY +300 %; 1,440 tokens a kWh beside 360 (+300 %)". Prices and powers are a node's.
std::vector<Sentence> tokens_said(std::span<const ComparedRun> runs, const Comparison& comparison);

/// What makes a comparison one of unlike things, beside what is compared: "ranks, nodes"; empty where nothing does.
std::vector<std::string> unfair_differences(const Comparison& comparison);
/// Whether like is compared with like, said before any number.
Sentence fairness_said(const Comparison& comparison);

/// The cases that a verdict other than PASS is of, the worst first, at most three of them and how many more.
Sentence cases_said(std::span<const ComparedRun> runs, const Comparison& comparison);

}  // namespace plumbline
