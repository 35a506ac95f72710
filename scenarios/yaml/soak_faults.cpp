// SPDX-License-Identifier: Apache-2.0
#include "scenarios/yaml/soak_faults.hpp"

#include "scenarios/yaml/all_errors.hpp"
#include "scenarios/yaml/sections.hpp"
#include "scenarios/yaml/tree.hpp"

#include <fmt/format.h>

#include <array>
#include <limits>

namespace plumbline {

namespace {

using Kind = SoakFaultKind;

constexpr std::array kinds{Kind::kill,    Kind::stop,    Kind::kill_launcher, Kind::slow,      Kind::link_down,
                           Kind::corrupt, Kind::missing, Kind::full_disk,     Kind::slow_load, Kind::random};
constexpr std::array drawn_kinds{Kind::kill, Kind::stop, Kind::kill_launcher, Kind::corrupt, Kind::missing};
constexpr std::array<std::string_view, 12> all_keys{"kind", "rank", "node",  "at",        "every",  "seed",
                                                    "of",   "for",  "delay", "namespace", "device", "times"};

std::vector<std::string_view> keys_of(Kind kind)
{
    switch (kind) {
        case Kind::kill:
        case Kind::stop:
            return {"kind", "at", "rank", "node"};
        case Kind::kill_launcher:
            return {"kind", "at"};
        case Kind::slow:
            return {"kind", "at", "rank", "delay", "for"};
        case Kind::link_down:
            return {"kind", "at", "namespace", "device", "for"};
        case Kind::corrupt:
        case Kind::missing:
            return {"kind", "at", "rank"};
        case Kind::full_disk:
            return {"kind", "at", "for"};
        case Kind::slow_load:
            return {"kind", "delay"};
        case Kind::random:
            return {"kind", "of", "every", "seed", "times"};
    }
    return {};
}

SoakFault read_fault(const Field& field)
{
    field.expect_keys("a fault", all_keys);
    SoakFault fault;
    fault.kind = pick(field.require("kind"), kinds);
    field.expect_keys(fmt::format("a fault of kind {}", name(fault.kind)), keys_of(fault.kind), all_keys);
    if (fault.kind == Kind::random) {
        for (const Field& item : field.require("of").one_or_more()) {
            fault.of.push_back(pick(item, drawn_kinds));
        }
        fault.every_s = field.require("every").positive_seconds();
        if (const auto seed = field.find("seed")) {
            fault.seed = seed->seed();
        }
        if (const auto times = field.find("times")) {
            fault.times = times->count(1);
        }
        return fault;
    }
    if (fault.kind != Kind::slow_load) {
        fault.at_s = field.require("at").seconds();
    }
    if (const auto node = field.find("node")) {
        if (field.find("rank")) {
            node->fail("is given together with 'rank' (one of them says who). Remove one");
        }
        fault.node = static_cast<int>(node->integer(0, std::numeric_limits<int>::max()));
    } else if (const auto rank = field.find("rank")) {
        fault.rank = static_cast<int>(rank->integer(0, std::numeric_limits<int>::max()));
    }
    if (fault.kind == Kind::slow || fault.kind == Kind::link_down || fault.kind == Kind::full_disk) {
        fault.for_s = field.require("for").positive_seconds();
    }
    if (fault.kind == Kind::slow || fault.kind == Kind::slow_load) {
        fault.delay_s = field.require("delay").positive_seconds();
    }
    if (fault.kind == Kind::link_down) {
        fault.network_namespace = field.require("namespace").text();
        fault.device = field.require("device").text();
    }
    return fault;
}

}  // namespace

std::string_view name(SoakFaultKind kind)
{
    constexpr std::array<std::string_view, 10> names{"kill",    "stop",    "kill_launcher", "slow",      "link_down",
                                                     "corrupt", "missing", "full_disk",     "slow_load", "random"};
    return names.at(static_cast<std::size_t>(kind));
}

std::vector<SoakFault> parse_soak_faults(const std::string& text, const std::string& origin)
{
    return read_or_say_all_errors(parse_yaml(text, origin), [](const Field& document) {
        constexpr std::array<std::string_view, 1> keys{"faults"};
        document.expect_keys("a file of faults", keys);
        std::vector<SoakFault> faults;
        for (const Field& item : document.require("faults").items()) {
            faults.push_back(read_fault(item));
        }
        return faults;
    });
}

}  // namespace plumbline
