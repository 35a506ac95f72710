// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace plumbline {

/// One step of one rank in one execution of a workload.
struct TimelineStep {
    int rank = 0;         ///< of the case
    int step = 0;         ///< 0-based position in the rank's program, test calls left out
    std::string kind;     ///< "forward", "backward", "weight", "compute", "send", "receive", "wait", "allreduce", ...
    std::string part;     ///< category of its time: "compute", "tensor", "pipeline", "data", "expert", "overhead"
    int microbatch = -1;  ///< -1: none
    int chunk = -1;       ///< chunk of the model, on a stage with several; -1: none
    int peer = -1;        ///< rank of the case at the other end of a message; -1: none
    std::uint64_t bytes = 0;  ///< of the message; S of a collective
    double begin_s = 0;       ///< from the sample's start
    double end_s = 0;         ///< an overlapped step ends when it was seen to be done
    bool operator==(const TimelineStep&) const = default;
};

/// One column of a timeline. Messages and the file use this list.
struct TimelineField {
    std::string_view name;
    std::string_view unit;  ///< "none" of texts
    std::variant<int TimelineStep::*, std::string TimelineStep::*, std::uint64_t TimelineStep::*,
                 double TimelineStep::*>
        member;
};
inline constexpr std::array timeline_fields{TimelineField{"rank", "1", &TimelineStep::rank},
                                            TimelineField{"step", "1", &TimelineStep::step},
                                            TimelineField{"kind", "none", &TimelineStep::kind},
                                            TimelineField{"part", "none", &TimelineStep::part},
                                            TimelineField{"microbatch", "1", &TimelineStep::microbatch},
                                            TimelineField{"chunk", "1", &TimelineStep::chunk},
                                            TimelineField{"peer", "1", &TimelineStep::peer},
                                            TimelineField{"bytes", "B", &TimelineStep::bytes},
                                            TimelineField{"begin_s", "s", &TimelineStep::begin_s},
                                            TimelineField{"end_s", "s", &TimelineStep::end_s}};

/// The steps of the first ranks of a workload in one execution, which is not in the statistics.
struct Timeline {
    std::size_t sample = 0;  ///< which of the round's samples
    int ranks = 0;           ///< number of ranks of the case that it holds
    int steps_left_out = 0;  ///< steps of these ranks that are dropped at the end where they are too many
    std::vector<TimelineStep> steps;
    bool operator==(const Timeline&) const = default;
};

}  // namespace plumbline
