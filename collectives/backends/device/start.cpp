// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/device/start.hpp"

#include "collectives/api/agreement.hpp"
#include "collectives/util/units.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <vector>

namespace plumbline::device {

namespace {

/// Throws ConfigError, BackendError on this rank alone.
Device take_device(const Runtime& runtime, const BackendSetup& setup)
{
    const int count = runtime.device_count();
    const int ranks = setup.host.size();
    if (count > 1 && count < ranks) {
        throw ConfigError(
            say("{} ranks on {} find {} devices ({}). Start at most {} ranks there, "
                "or let them see more devices",
                ranks, setup.host_name, count, runtime.names().device_count, count));
    }
    const int number = count == 1 ? 0 : setup.host.rank();
    runtime.set_device(number);
    return runtime.describe(number);
}

/// Collective over setup.world: the sentence about the first two ranks of one host on one device, on one rank.
std::optional<std::string> shared_device(const Runtime& runtime, const Device& device, const BackendSetup& setup)
{
    const auto all = gather_texts(setup.world, device.uuid.empty() ? "" : setup.host_name + " " + device.uuid, 0);
    std::map<std::string, std::size_t> owner;
    std::optional<std::string> objection;
    for (std::size_t rank = 0; rank < all.size() && !objection; ++rank) {
        if (all[rank].empty()) {
            continue;
        }
        const auto [entry, is_new] = owner.emplace(all[rank], rank);
        if (!is_new) {
            const std::size_t space = all[rank].find(' ');
            objection = fmt::format(
                "ranks {} and {} on {} would share one device, {} ({}). Start at most one "
                "rank a device",
                entry->second, rank, all[rank].substr(0, space), all[rank].substr(space + 1),
                runtime.names().set_device);
        }
    }
    return objection;
}

bool parse_bool(const std::string& key, const std::string& text)
{
    if (text != "true" && text != "false") {
        throw ConfigError(say("backend_options.{} is '{}' (not true or false). Try true", key, text));
    }
    return text == "true";
}

std::string parse_word(const std::string& key, const std::string& text, std::span<const std::string_view> words)
{
    if (std::ranges::find(words, text) == words.end()) {
        throw ConfigError(
            say("backend_options.{} is '{}' (not one of {}). Try {}", key, text, fmt::join(words, ", "), words[0]));
    }
    return text;
}

double parse_time(const std::string& key, const std::string& text)
{
    const auto seconds = parse_seconds(text);
    if (!seconds || *seconds <= 0) {
        throw ConfigError(say("backend_options.{} is '{}' (not a time). Try 60s", key, text));
    }
    return *seconds;
}

}  // namespace

void require_no_objection(const BackendSetup& setup, const std::optional<std::string>& mine)
{
    if (const auto why = first_error(setup.world, mine)) {
        throw ConfigError(*why);
    }
}

void require_one_version(const BackendSetup& setup, const std::string& version, std::string_view call)
{
    const std::string first = broadcast_text(setup.world, version, 0);
    std::optional<std::string> objection;
    if (version != first) {
        objection = fmt::format(
            "rank 0 has {} and rank {} on {} has {} ({}). Install one version "
            "everywhere, or name it with --backend-library",
            first, setup.world.rank(), setup.host_name, version, call);
    }
    require_no_objection(setup, objection);
}

Device choose_device(const Runtime& runtime, const BackendSetup& setup)
{
    Device device;
    std::optional<std::string> objection;
    try {
        device = take_device(runtime, setup);
    } catch (const ConfigError& error) {
        objection = error.what();
    } catch (const BackendError& error) {
        objection = fmt::format("rank {} on {} has no device ({}). Choose another backend there", setup.world.rank(),
                                setup.host_name, error.what());
    }
    require_no_objection(setup, objection);
    require_no_objection(setup, shared_device(runtime, device, setup));
    return device;
}

std::string describe(const Device& device)
{
    return fmt::format("{} {} ({})", device.number, device.uuid, device.name);
}

Timing read_options(const BackendOptions& options, std::string_view backend, std::span<const Switch> switches,
                    std::span<const Selection> selections)
{
    Timing timing;
    std::vector<Switch> all(switches.begin(), switches.end());
    all.push_back({"device_events", timing.device_events});
    for (const auto& [key, value] : options) {
        const auto known = std::ranges::find(all, key, &Switch::name);
        const auto selection = std::ranges::find(selections, key, &Selection::name);
        if (known != all.end()) {
            known->value = parse_bool(key, value);
        } else if (selection != selections.end()) {
            selection->value = parse_word(key, value, selection->words);
        } else if (key == "init_timeout") {
            timing.init_timeout_s = parse_time(key, value);
        } else if (key == "operation_timeout") {
            timing.operation_timeout_s = parse_time(key, value);
        } else {
            std::string names;
            for (const Switch& one : all) {
                names += std::string(one.name) + ", ";
            }
            for (const Selection& one : selections) {
                names += std::string(one.name) + ", ";
            }
            throw ConfigError(
                say("backend_options has '{}', which backend {} does not know (it has {}init_timeout, "
                    "operation_timeout). Leave it out",
                    key, backend, names));
        }
    }
    return timing;
}

}  // namespace plumbline::device
