// SPDX-License-Identifier: Apache-2.0
#include "results/endurance/segments.hpp"

#include "results/endurance/soak.hpp"

#include <algorithm>

namespace plumbline {

namespace {

void end_segment(SoakSegment& segment, const JournalRecord& record)
{
    if (!segment.ended_unix_s) {
        segment.ended_unix_s = record.unix_s;
        segment.ended_by = record.kind == "declared"          ? record.text("cause")
                           : record.text("gave_up") == "true" ? "gave up"
                           : record.text("paused") == "true"  ? "paused"
                                                              : "over";
    }
}

void go_on_with(SoakSegment& segment, const JournalRecord& record)
{
    const auto steps = [&] { segment.last_step = std::max(segment.last_step, record.count("step")); };
    if (record.kind == "connected") {
        segment.connected_unix_s = record.unix_s;
        segment.ranks = record.integer("ranks");
        segment.nodes = record.integer("nodes");
    } else if (record.kind == "loaded") {
        segment.loaded_unix_s = record.unix_s;
        segment.step_loaded = record.count("step");
        steps();
    } else if (record.kind == "stepped") {
        segment.stepped_unix_s = record.unix_s;
        steps();
    } else if (record.kind == "progress" || record.kind == "regained") {
        steps();
    } else if (record.kind == "end" || (record.kind == "declared" && record.text("cause") != name(Cause::checkpoint))) {
        end_segment(segment, record);
    }
}

}  // namespace

void take_in(std::vector<SoakSegment>& segments, const JournalRecord& record)
{
    if (record.kind == "segment") {
        SoakSegment segment;
        segment.process = record.text("process");
        segment.launched_unix_s = record.unix_s;
        segments.push_back(segment);
    } else if (!segments.empty()) {
        go_on_with(segments.back(), record);
    }
}

std::vector<SoakSegment> segments_of(std::span<const JournalRecord> records)
{
    std::vector<SoakSegment> segments;
    for (const JournalRecord& record : records) {
        take_in(segments, record);
    }
    return segments;
}

}  // namespace plumbline
