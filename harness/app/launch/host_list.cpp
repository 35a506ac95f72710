// SPDX-License-Identifier: Apache-2.0
#include "harness/app/launch/host_list.hpp"

#include "collectives/util/error.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>
#include <system_error>

namespace plumbline::app {

namespace {

constexpr std::string_view blanks = " \t\r";

std::string_view trimmed(std::string_view text)
{
    const std::size_t first = std::min(text.find_first_not_of(blanks), text.size());
    const std::size_t last = text.find_last_not_of(blanks);
    return last == std::string_view::npos ? std::string_view() : text.substr(first, last - first + 1);
}

std::optional<int> parse_count(std::string_view text)
{
    int count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    const bool whole = error == std::errc{} && end == text.data() + text.size() && count > 0;
    return whole ? std::optional(count) : std::nullopt;
}

/// What ssh would take for an option or a shell for more than a name is none.
bool is_host(std::string_view host)
{
    return !host.empty() && host.front() != '-' &&
           host.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:@%") ==
               std::string_view::npos;
}

[[noreturn]] void refuse(const std::string& where, std::string_view entry)
{
    throw ConfigError(
        say("{}: '{}' is no host with its ranks. Write node1:8, or [fd00::1]:8 for an IPv6 address", where, entry));
}

/// "node1:8", "node1", "[fd00::1]:8".
HostRanks parse_host(std::string_view entry, const std::string& where)
{
    std::string_view host = entry;
    std::string_view count;
    const std::size_t close = entry.starts_with('[') ? entry.find(']') : std::string_view::npos;
    if (close != std::string_view::npos) {
        host = entry.substr(1, close - 1);
        const std::string_view rest = entry.substr(close + 1);
        if (!rest.empty() && (rest.size() == 1 || rest.front() != ':')) {
            refuse(where, entry);
        }
        count = rest.empty() ? rest : rest.substr(1);
    } else if (const std::size_t colon = entry.find(':'); colon != std::string_view::npos) {
        host = entry.substr(0, colon);
        count = entry.substr(colon + 1);
        if (count.empty()) {
            refuse(where, entry);
        }
    }
    const auto ranks = count.empty() ? std::optional(1) : parse_count(count);
    if (!is_host(host) || !ranks) {
        refuse(where, entry);
    }
    return {.host = std::string(host), .ranks = *ranks};
}

}  // namespace

std::vector<HostRanks> parse_hosts(std::string_view text, const std::string& where)
{
    std::vector<HostRanks> hosts;
    while (true) {
        const std::size_t comma = std::min(text.find(','), text.size());
        hosts.push_back(parse_host(trimmed(text.substr(0, comma)), where));
        if (comma == text.size()) {
            return hosts;
        }
        text.remove_prefix(comma + 1);
    }
}

std::vector<HostRanks> parse_host_file(std::string_view text, const std::string& path)
{
    std::vector<HostRanks> hosts;
    for (int number = 1; !text.empty(); ++number) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        line = trimmed(line.substr(0, line.find('#')));
        if (line.empty()) {
            continue;
        }
        const std::string where = fmt::format("{}:{}", path, number);
        const std::size_t blank = line.find_first_of(blanks);
        HostRanks host = parse_host(line.substr(0, blank), where);
        std::string_view rest = trimmed(line.substr(std::min(blank, line.size())));
        while (!rest.empty()) {
            const std::size_t next = std::min(rest.find_first_of(blanks), rest.size());
            const std::string_view word = rest.substr(0, next);
            rest = trimmed(rest.substr(next));
            constexpr std::string_view slots = "slots=";
            constexpr std::string_view most = "max_slots=";
            const auto count = word.starts_with(slots) ? parse_count(word.substr(slots.size())) : std::nullopt;
            if (!count && !word.starts_with(most)) {
                throw ConfigError(
                    say("{}: '{}' is not known (a host file has lines of 'node1 slots=8' or "
                        "'node1:8'). Correct or remove it",
                        where, word));
            }
            host.ranks = count.value_or(host.ranks);
        }
        hosts.push_back(std::move(host));
    }
    if (hosts.empty()) {
        throw ConfigError(say("{} names no host. Write a line for each: node1 slots=8", path));
    }
    return hosts;
}

bool is_loopback(std::string_view host)
{
    return host == "localhost" || host == "::1" || host.starts_with("127.");
}

std::string shell_word(std::string_view word)
{
    std::string quoted = "'";
    for (const char c : word) {
        quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    }
    return quoted + "'";
}

}  // namespace plumbline::app
