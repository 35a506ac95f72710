// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/operations/types.hpp"
#include "results/records/case_identity.hpp"

#include <charconv>
#include <optional>
#include <string>
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
/// Messages in each direction at once (parameter "window", default 1).
int message_window(const CaseIdentity& what);

}  // namespace plumbline
