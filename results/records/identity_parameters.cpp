// SPDX-License-Identifier: Apache-2.0
#include "results/records/identity_parameters.hpp"

namespace plumbline {

std::optional<std::string> text_parameter(const CaseIdentity& what, const std::string& name)
{
    const auto found = what.parameters.find(name);
    return found == what.parameters.end() ? std::nullopt : std::optional(found->second);
}

PairLayout pair_layout(const CaseIdentity& what)
{
    const auto text = text_parameter(what, "pairs");
    return text ? parse_pair_layout(*text).value_or(PairLayout::adjacent) : PairLayout::adjacent;
}

int message_window(const CaseIdentity& what)
{
    return number_parameter<int>(what, "window").value_or(1);
}

}  // namespace plumbline
