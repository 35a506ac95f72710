// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/operations/types.hpp"
#include "results/records/case_identity.hpp"

#include <charconv>
#include <optional>
#include <span>
#include <string>
#include <system_error>

/// The parameters of a case as values, for whoever has nothing but its identity: the one place that reads their text.
namespace plumbline {

/// As written; nothing where the case has no parameter of that name.
std::optional<std::string> text_parameter(const CaseIdentity& what, const std::string& name);

/// As a number; nothing where the case has no parameter of that name, or what stands there is no such number.
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

/// Who faces whom in a point-to-point case ("pairs"); adjacent where it doesn't say.
PairLayout pair_layout(const CaseIdentity& what);
/// Share of the pairs of a point-to-point case whose two ranks are on different nodes; `nodes`: of each rank of the
/// case. Nothing for other patterns and where there is no pair. Pure.
std::optional<double> share_of_pairs_across(const CaseIdentity& what, std::span<const int> nodes);
/// Messages in each direction at once ("window"); 1 where it doesn't say.
int message_window(const CaseIdentity& what);

}  // namespace plumbline
