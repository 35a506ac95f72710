// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace plumbline::app {

/// Ranks that one host gets.
struct HostRanks {
    std::string host;  ///< as ssh takes it
    int ranks = 1;
    bool operator==(const HostRanks&) const = default;
};

/// "node1:8,node2:8,[fd00::1]:4,login": host and ranks, 1 where none are said. Throws ConfigError, naming `where` and
/// the entry.
std::vector<HostRanks> parse_hosts(std::string_view text, const std::string& where);

/// The text of a host file: a host a line, as "node1 slots=8" (Open MPI) or "node1:8" (MPICH); what follows # is a
/// remark. Throws ConfigError, naming file and line.
std::vector<HostRanks> parse_host_file(std::string_view text, const std::string& path);

/// Whether it is this machine by a name that needs no ssh: localhost and the loopback addresses.
bool is_loopback(std::string_view host);

/// `word` as one word of a POSIX shell.
std::string shell_word(std::string_view word);

}  // namespace plumbline::app
