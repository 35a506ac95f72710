// SPDX-License-Identifier: Apache-2.0
#include "harness/run/library_log.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cstddef>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace plumbline {

namespace {

std::string in_one_line(std::string text)
{
    std::ranges::replace(text, '\n', ' ');
    return text;
}

/// A log is two lines an entry, name and value.
Facts differences(const std::vector<std::string>& logs)
{
    Facts facts;
    for (std::size_t rank = 0; rank < logs.size(); ++rank) {
        std::istringstream lines(logs[rank]);
        for (std::string name, value; std::getline(lines, name) && std::getline(lines, value);) {
            const bool known = std::ranges::find(facts, std::pair(name, value)) != facts.end();
            if (rank == 0) {
                facts.emplace_back(name, value);
            } else if (!known) {
                facts.emplace_back(fmt::format("{} on rank {}", name, rank), value);
            }
        }
    }
    return facts;
}

}  // namespace

Facts gather_library_log(Communicator& world, const Backend& backend, int root)
{
    std::string text;
    for (const auto& [name, value] : backend.library_log()) {
        text += in_one_line(name) + '\n' + in_one_line(value) + '\n';
    }
    return differences(gather_texts(world, text, root));
}

}  // namespace plumbline
