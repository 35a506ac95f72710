// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/import/import.hpp"

#include <string>

/// Logs of nccl-tests, in parts.
namespace plumbline::test {

inline const std::string nccl_titles =
    "#  size  count  type  redop  root  time  algbw  busbw  #wrong  time  algbw  busbw  #wrong\n";
inline const std::string two_ranks =
    "#  Rank  0 Group  0 Pid  1 on  h0 device  0 [0] X\n#  Rank  1 Group  0 Pid  2 on  h1 device  0 [0] X\n";
inline const std::string named_allreduce = "# Collective test starting: all_reduce_perf\n";

inline ImportedLog imported_nccl(const std::string& log, const ImportHints& hints = {})
{
    return import_log(LogFormat::nccl_tests, log, hints);
}

}  // namespace plumbline::test
