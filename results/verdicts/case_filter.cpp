#include "results/verdicts/case_filter.hpp"

#include "results/records/identity_parameters.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace plumbline {

std::optional<std::string> property(const CaseIdentity& what, const std::string& key)
{
    if (key == "pattern") {
        return what.pattern;
    }
    if (key == "bytes") {
        return std::to_string(what.bytes);
    }
    if (key == "dtype") {
        return std::string(name(what.dtype));
    }
    if (key == "op") {
        const auto collective = parse_collective(what.pattern);
        return collective && info(*collective).reduces ? std::optional(std::string(name(what.op))) : std::nullopt;
    }
    if (key == "in_place") {
        return what.in_place ? "true" : "false";
    }
    if (key == "ranks") {
        return std::to_string(what.ranks);
    }
    if (key == "placement") {
        return std::string(name(what.placement));
    }
    return text_parameter(what, key);
}

bool matches(const Target& target, const CaseIdentity& what)
{
    const bool asked = !algorithm_of(what) || target.where.contains("algorithm");
    return asked && std::all_of(target.where.begin(), target.where.end(), [&](const auto& condition) {
               return property(what, condition.first) == condition.second;
           });
}

std::string describe_where(const Target& target)
{
    std::string text;
    for (const auto& [key, value] : target.where) {
        text += fmt::format("{}{}={}", text.empty() ? "" : ", ", key, value);
    }
    return text.empty() ? "any case" : text;
}

}  // namespace plumbline
