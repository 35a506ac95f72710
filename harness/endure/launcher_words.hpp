// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "harness/endure/supervision.hpp"

namespace plumbline::endure {

/// How a launcher is told which hosts there are.
enum class HostSource : std::uint8_t {
    file,     ///< a host a line: --hostfile, -hostfile, --machinefile, -machinefile, -f of mpiexec
    list,     ///< -H, --host, --hosts: HOST[:N],HOST[:N]
    exclude,  ///< srun: --exclude, of an allocation
    none,
};

/// The words that start a job's ranks, and the hosts in them.
struct Launcher {
    std::vector<std::string> words;
    HostSource source = HostSource::none;
    std::size_t at = 0;              ///< of the word that names the file or lists the hosts
    std::vector<std::string> hosts;  ///< a line of the file or an entry of the list each, in order, spares last
    std::size_t spares = 0;
};

/// Looks for the hosts in the words; `file_text`: what a named host file holds, read by the caller. Throws ConfigError
/// where spares are wanted and no hosts are named, where the spares would leave no host, or where they are in use:
/// named twice, or needed by the number of ranks.
std::optional<std::string> host_file_of(const std::vector<std::string>& words);
Launcher make_launcher(std::vector<std::string> words, std::size_t spares, const std::string& file_text);

/// "node7", of a line or an entry.
std::string host_of(const std::string& entry);

/// The hosts of the next launch: all but the spares, each host that was taken out replaced by the next spare. Nothing
/// where there are no spares left for one of them.
std::optional<std::vector<std::string>> hosts_without(const Launcher& launcher, const std::vector<std::string>& bad);

/// The words of a job: the launcher's, with `hosts` in place of its own (in `host_file` where it takes a file), and
/// what each rank runs behind them. plumbline launch gets its own "--".
std::vector<std::string> job_words(const Launcher& launcher, const std::vector<std::string>& hosts,
                                   const std::vector<std::string>& bad, const std::string& host_file,
                                   const std::vector<std::string>& rank_words);

/// What a line of a job's output says of its end: a watchdog's sentence, or mpirun's on a rank that was killed. Nothing
/// for others.
std::optional<Symptom> symptom_in(const std::string& line);

}  // namespace plumbline::endure
