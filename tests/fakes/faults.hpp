// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline::fake {

/// One planted fault, for tests: "KIND key=value ..." in PLUMBLINE_FAKE, rules separated by ';'.
///   fail call=ncclCommInitRank code=2 [after=N]   the call returns this code from its (N+1)th time on
///   hang call=ncclAllReduce [after=N]             what the call puts on a stream never ends
///   wrong call=ncclAllReduce [after=N]            one bit of its result is flipped
///   blind call=cuLaunchKernel [after=N]           the kernel isn't run: what it compares seems right
///   alarm call=cuLaunchKernel [after=N]           the kernel calls the first element wrong
///   async code=6 [after=N]                        ncclCommGetAsyncError (Hccl...) says so once N operations were done
///   slow us=500                                   everything on a stream takes so much longer
///   devices count=1                               what cudaGetDeviceCount (aclrt...) says
///   one-device                                    every device has the same UUID
///   throttled mhz=1200 value=64                   what NVML says of the clock and of why it is held down
///   link-errors count=3                           NVML counts so many more errors of link 0 at each look
///   version value=22600                           what ncclGetVersion says; below 22800 the backend asks for none of
///                                                 ncclAlltoAll, ncclGather and ncclScatter
/// Any rule may have rank=R: on that world rank alone (OMPI_COMM_WORLD_RANK).
struct Rule {
    std::string kind;
    std::string call;
    int code = 0;
    std::uint64_t after = 0;
    std::int64_t value = 0;
    std::int64_t mhz = 0;
};

/// Throws std::invalid_argument for text that is not a list of rules. Rules of other ranks are left out.
std::vector<Rule> parse_rules(std::string_view text, int rank);

/// The rules of this process, from its environment.
const std::vector<Rule>& rules();

/// The first rule of that kind, nothing when there is none.
std::optional<Rule> rule_of(std::string_view kind);

/// Counts this call of `call`; the code to return instead of making it, if a rule says so.
std::optional<int> planted_failure(const char* call);
/// Counts this call of `call` for rules of `kind`; whether one holds for it.
bool planted(std::string_view kind, const char* call);

/// Of the launch, from the launcher's variables; 0 without one.
int world_rank();
int host_rank();

}  // namespace plumbline::fake
