// SPDX-License-Identifier: Apache-2.0
#include "results/machines/switch_plan.hpp"

#include "results/util/host_names.hpp"
#include "results/util/text.hpp"

#include <algorithm>
#include <cctype>

namespace plumbline {
namespace {

constexpr std::string_view blanks = " \t\r";

/// Without a comment, and without the backslash that joins it to the next line: that is done here.
std::string joined_lines(std::string_view text)
{
    std::string all;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        line = line.substr(0, line.find('#'));
        line = line.substr(0, line.find_last_not_of(blanks) + 1);
        const bool goes_on = line.ends_with('\\');
        all += goes_on ? line.substr(0, line.size() - 1) : line;
        all += goes_on ? ' ' : '\n';
    }
    return all;
}

bool is_key(std::string_view text, std::string_view key)
{
    return std::ranges::equal(text, key, [](unsigned char a, unsigned char b) { return std::tolower(a) == b; });
}

struct SwitchLine {
    std::string_view name, nodes;
};

SwitchLine switch_in(std::string_view line)
{
    SwitchLine found;
    while (!line.empty()) {
        const std::size_t begin = std::min(line.find_first_not_of(blanks), line.size());
        line.remove_prefix(begin);
        const std::size_t end = std::min(line.find_first_of(blanks), line.size());
        const std::string_view word = line.substr(0, end);
        line.remove_prefix(end);
        const std::size_t equals = word.find('=');
        if (equals == std::string_view::npos) {
            continue;
        }
        const std::string_view value = word.substr(equals + 1);
        if (is_key(word.substr(0, equals), "switchname")) {
            found.name = value;
        } else if (is_key(word.substr(0, equals), "nodes")) {
            found.nodes = value;
        }
    }
    return found;
}

}  // namespace

std::string switch_of_node(std::string_view topology, std::string_view node)
{
    const std::string text = joined_lines(topology);
    for (std::string_view rest = text; !rest.empty() && !node.empty();) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        const SwitchLine line = switch_in(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (line.name.empty() || line.nodes.empty()) {
            continue;
        }
        const auto nodes = expand_host_names(line.nodes);
        if (nodes && std::ranges::find(*nodes, node) != nodes->end()) {
            return text::printable(line.name);
        }
    }
    return "";
}

}  // namespace plumbline
