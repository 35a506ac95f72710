// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/operations/types.hpp"
#include "results/records/case_identity.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

/// The parameters of a case as values. Code that has only a case's identity reads its parameters here and nowhere else.
namespace plumbline {

/// The text of the parameter; nothing where the case has none of that name.
std::optional<std::string> text_parameter(const CaseIdentity& what, const std::string& name);

/// The parameter as a number; nothing where the case has none of that name, or its text is no such number.
template <class Number>
std::optional<Number> number_parameter(const CaseIdentity& what, const std::string& name)
{
    const auto text = text_parameter(what, name);
    Number value{};
    if (!text) {
        return std::nullopt;
    }
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    return error == std::errc{} && end == text->data() + text->size() ? std::optional(value) : std::nullopt;
}

/// How the ranks of a point-to-point case are paired (parameter "pairs", default adjacent).
PairLayout pair_layout(const CaseIdentity& what);
/// Share of the pairs of a point-to-point case whose two ranks are on different nodes; `nodes`: of each rank of the
/// case. Nothing for other patterns and where there is no pair. Pure.
std::optional<double> share_of_pairs_across(const CaseIdentity& what, std::span<const int> nodes);
/// Messages in each direction at once (parameter "window", default 1).
int message_window(const CaseIdentity& what);

/// What is between the two time stamps of a sample.
enum class TimingRegime : std::uint8_t {
    drained,  ///< each execution is finished before the next one starts
    chained,  ///< several are enqueued back to back and waited for once, as nccl-tests does
};
inline constexpr std::array all_timing_regimes{TimingRegime::drained, TimingRegime::chained};
std::string_view name(TimingRegime regime);
std::optional<TimingRegime> parse_timing_regime(std::string_view text);

/// A regime with the number of executions in a chain; 1 where each is drained.
struct Timing {
    TimingRegime regime = TimingRegime::drained;
    std::uint32_t chain = 1;
    bool operator==(const Timing&) const = default;
};
/// What nccl-tests enqueues unless it is told otherwise (-n).
inline constexpr std::uint32_t usual_chain = 20;
inline constexpr std::uint32_t longest_chain = 10000;

/// Into the parameters of `what`: "timing" and "chain". A drained case has neither, as in files from before there were
/// chains.
void set_timing(CaseIdentity& what, const Timing& timing);
/// The timing of a case, by its parameters; drained where it doesn't say.
Timing timing_of(const CaseIdentity& what);

/// Whether the case is of chains. Such cases are measured beside the usual ones: a target speaks of them only where it
/// names "timing" or "chain", and nothing is computed from both.
bool is_chained(const CaseIdentity& what);

}  // namespace plumbline
