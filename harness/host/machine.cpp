// SPDX-License-Identifier: Apache-2.0
#include "harness/host/machine.hpp"

#include "harness/host/system/system_file.hpp"
#include "results/util/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <filesystem>
#include <map>
#include <numeric>
#include <set>
#include <system_error>

namespace plumbline {

namespace {

std::string namespace_of_this_process(const char* kind)
{
    std::error_code error;
    const auto target = std::filesystem::read_symlink(std::string("/proc/self/ns/") + kind, error);
    return error ? "" : target.string();
}

/// Sets that grow together: the first member names a set.
class Unions {
public:
    explicit Unions(std::size_t count) : first_(count) { std::iota(first_.begin(), first_.end(), std::size_t{0}); }
    std::size_t of(std::size_t member)
    {
        while (first_[member] != member) {
            member = first_[member] = first_[first_[member]];
        }
        return member;
    }
    void join(std::size_t a, std::size_t b)
    {
        const auto [low, high] = std::minmax({of(a), of(b)});
        first_[high] = low;
    }

private:
    std::vector<std::size_t> first_;
};

/// Different machines of one name get a number each.
void tell_apart(Nodes& nodes)
{
    std::map<std::string, std::vector<std::size_t>> of_name;
    for (std::size_t node = 0; node < nodes.names.size(); ++node) {
        of_name[nodes.names[node]].push_back(node);
    }
    for (const auto& [name, alike] : of_name) {
        if (alike.size() == 1) {
            continue;
        }
        std::vector<std::string> shown;
        for (std::size_t i = 0; i < alike.size(); ++i) {
            shown.push_back(nodes.names[alike[i]] = fmt::format("{}#{}", name, i + 1));
        }
        nodes.warnings.push_back(
            fmt::format("{} machines have the name '{}' (their kernels, clocks or networks differ). "
                        "They are {} nodes, shown as {}",
                        alike.size(), name, alike.size(), fmt::join(shown, ", ")));
    }
}

}  // namespace

MachineIdentity this_machine(const std::string& name, int first_beside, bool simulated)
{
    MachineIdentity machine;
    machine.name = text::printable(name);
    machine.first_beside = first_beside;
    if (simulated) {
        machine.kernel = machine.name;
        return machine;
    }
    machine.kernel = first_line_of("/proc/sys/kernel/random/boot_id");
    machine.clock = namespace_of_this_process("time");
    machine.surroundings = namespace_of_this_process("net") + " " + namespace_of_this_process("ipc");
    return machine;
}

std::string format_machine(const MachineIdentity& machine)
{
    return fmt::format("{}\t{}\t{}\t{}\t{}", machine.name, machine.kernel, machine.clock, machine.surroundings,
                       machine.first_beside);
}

std::optional<MachineIdentity> parse_machine(std::string_view line)
{
    std::array<std::string, 5> fields;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const auto end = std::min(line.find('\t'), line.size());
        fields.at(i) = line.substr(0, end);
        if ((end == line.size()) != (i + 1 == fields.size())) {
            return std::nullopt;
        }
        line.remove_prefix(std::min(end + 1, line.size()));
    }
    MachineIdentity machine{.name = fields[0], .kernel = fields[1], .clock = fields[2], .surroundings = fields[3]};
    const std::string& number = fields[4];
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), machine.first_beside);
    return error == std::errc{} && end == number.data() + number.size() ? std::optional(machine) : std::nullopt;
}

Nodes nodes_of_machines(std::span<const MachineIdentity> machine_of_rank)
{
    Unions unions(machine_of_rank.size());
    std::map<std::string, std::size_t> first_with;
    const auto join_alike = [&](std::size_t rank, const std::string& what) {
        unions.join(first_with.try_emplace(what, rank).first->second, rank);
    };
    for (std::size_t rank = 0; rank < machine_of_rank.size(); ++rank) {
        const MachineIdentity& machine = machine_of_rank[rank];
        const std::string one_kernel = machine.kernel + "\n" + machine.clock;
        join_alike(rank, fmt::format("{}\nbeside {}", one_kernel, machine.first_beside));
        if (!machine.kernel.empty()) {
            join_alike(rank, fmt::format("{}\nin {}", one_kernel, machine.surroundings));
        }
    }
    Nodes nodes;
    std::map<std::size_t, int> node_of_set;
    std::vector<std::set<std::string>> all_names;
    for (std::size_t rank = 0; rank < machine_of_rank.size(); ++rank) {
        const auto [entry, is_new] = node_of_set.emplace(unions.of(rank), static_cast<int>(nodes.names.size()));
        if (is_new) {
            nodes.names.push_back(machine_of_rank[rank].name);
            all_names.emplace_back();
        }
        nodes.of_rank.push_back(entry->second);
        all_names[static_cast<std::size_t>(entry->second)].insert(machine_of_rank[rank].name);
    }
    tell_apart(nodes);
    for (std::size_t node = 0; node < nodes.names.size(); ++node) {
        if (all_names[node].size() > 1) {
            nodes.warnings.push_back(fmt::format("one machine has {} names ({}). It is one node, shown as {}",
                                                 all_names[node].size(), fmt::join(all_names[node], ", "),
                                                 nodes.names[node]));
        }
    }
    return nodes;
}

}  // namespace plumbline
