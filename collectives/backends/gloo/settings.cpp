// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/gloo/settings.hpp"

#include "collectives/util/error.hpp"
#include "collectives/util/units.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace plumbline::gloo_backend {

namespace {

constexpr std::array<std::pair<AllreduceAlgorithm, std::string_view>, 4> algorithms{{
    {AllreduceAlgorithm::automatic, "default"},
    {AllreduceAlgorithm::ring, "ring"},
    {AllreduceAlgorithm::bcube, "bcube"},
    {AllreduceAlgorithm::halving_doubling, "halving_doubling"},
}};

std::chrono::milliseconds parse_timeout(const std::string& text)
{
    const auto seconds = parse_seconds(text);
    if (!seconds || *seconds < 1e-3) {
        throw ConfigError(say("backend_options.timeout is '{}' (not a time of at least 1 ms). Try 60s", text));
    }
    return std::chrono::milliseconds(static_cast<std::int64_t>(*seconds * 1e3));
}

}  // namespace

Settings read_settings(const BackendOptions& options)
{
    Settings settings;
    for (const auto& [key, value] : options) {
        if (key == "algorithm") {
            settings.allreduce = parse_algorithm(value);
        } else if (key == "interface") {
            settings.interface = value;
        } else if (key == "timeout") {
            settings.timeout = parse_timeout(value);
        } else if (!take_placement(settings.placement, key, value)) {
            throw ConfigError(
                say("backend_options has '{}', which backend gloo does not know (it has algorithm, "
                    "interface, timeout, {}). Leave it out",
                    key, placement_options));
        }
    }
    return settings;
}

AllreduceAlgorithm parse_algorithm(const std::string& text)
{
    for (const auto& [algorithm, word] : algorithms) {
        if (text == word) {
            return algorithm;
        }
    }
    throw ConfigError(
        say("backend_options.algorithm is '{}' (Gloo's allreduce has default, ring, bcube and "
            "halving_doubling). Choose one of them",
            text));
}

std::vector<Algorithm> allreduce_algorithms()
{
    std::vector<Algorithm> choices;
    for (const auto& [algorithm, word] : algorithms) {
        if (algorithm != AllreduceAlgorithm::automatic) {
            choices.push_back(
                {.name = std::string(word), .setting = fmt::format("backend_options.algorithm={}", word)});
        }
    }
    return choices;
}

std::string_view name(AllreduceAlgorithm algorithm)
{
    return algorithms.at(static_cast<std::size_t>(algorithm)).second;
}

}  // namespace plumbline::gloo_backend
