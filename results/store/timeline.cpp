#include "results/store/layout.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace plumbline::layout {
namespace {

int narrow(std::int64_t value)
{
    if (value < std::numeric_limits<int>::min() || value > std::numeric_limits<int>::max()) {
        throw hdf5::Error("a timeline has an impossible number");
    }
    return static_cast<int>(value);
}

/// The columns of the table, filled row by row.
struct Columns {
    std::vector<std::int64_t> rank, step, microbatch, chunk, peer;
    std::vector<std::string> kind, part;
    std::vector<std::uint64_t> bytes;
    std::vector<double> begin_s, end_s;

    void add(const TimelineStep& row)
    {
        rank.push_back(row.rank);
        step.push_back(row.step);
        kind.push_back(row.kind);
        part.push_back(row.part);
        microbatch.push_back(row.microbatch);
        chunk.push_back(row.chunk);
        peer.push_back(row.peer);
        bytes.push_back(row.bytes);
        begin_s.push_back(row.begin_s);
        end_s.push_back(row.end_s);
    }
};

}  // namespace

void write_timeline(hid_t file, const std::string& path, hid_t group, const std::optional<Timeline>& timeline)
{
    if (!timeline) {
        return;
    }
    hdf5::write_attribute(group, "timeline_sample", static_cast<std::int64_t>(timeline->sample));
    hdf5::write_attribute(group, "timeline_ranks", std::int64_t{timeline->ranks});
    hdf5::write_attribute(group, "timeline_steps_left_out", std::int64_t{timeline->steps_left_out});
    Columns columns;
    for (const TimelineStep& step : timeline->steps) {
        columns.add(step);
    }
    const std::vector<hdf5::Column> table{{"rank", "1", std::move(columns.rank)},
                                          {"step", "1", std::move(columns.step)},
                                          {"kind", std::string(no_unit), std::move(columns.kind)},
                                          {"part", std::string(no_unit), std::move(columns.part)},
                                          {"microbatch", "1", std::move(columns.microbatch)},
                                          {"chunk", "1", std::move(columns.chunk)},
                                          {"peer", "1", std::move(columns.peer)},
                                          {"bytes", "B", std::move(columns.bytes)},
                                          {"begin_s", "s", std::move(columns.begin_s)},
                                          {"end_s", "s", std::move(columns.end_s)}};
    hdf5::write_table(file, path + "/timeline", table,
                      "what the first ranks did in one sample, from its start; -1: means nothing for the step");
}

std::optional<Timeline> read_timeline(hid_t file, const std::string& path, hid_t group)
{
    if (!hdf5::exists(file, path + "/timeline")) {
        return std::nullopt;
    }
    Timeline timeline;
    timeline.sample = static_cast<std::size_t>(hdf5::read_count_attribute(group, "timeline_sample"));
    timeline.ranks = hdf5::read_count_attribute(group, "timeline_ranks");
    timeline.steps_left_out = hdf5::read_count_attribute(group, "timeline_steps_left_out");
    const hdf5::Table table(file, path + "/timeline");
    const auto rank = table.column<std::int64_t>("rank");
    const auto step = table.column<std::int64_t>("step");
    const auto kind = table.column<std::string>("kind");
    const auto part = table.column<std::string>("part");
    const auto microbatch = table.column<std::int64_t>("microbatch");
    const auto chunk = table.column<std::int64_t>("chunk");
    const auto peer = table.column<std::int64_t>("peer");
    const auto bytes = table.column<std::uint64_t>("bytes");
    const auto begin_s = table.column<double>("begin_s");
    const auto end_s = table.column<double>("end_s");
    timeline.steps.reserve(table.rows());
    for (std::size_t i = 0; i < table.rows(); ++i) {
        timeline.steps.push_back({.rank = narrow(rank[i]),
                                  .step = narrow(step[i]),
                                  .kind = kind[i],
                                  .part = part[i],
                                  .microbatch = narrow(microbatch[i]),
                                  .chunk = narrow(chunk[i]),
                                  .peer = narrow(peer[i]),
                                  .bytes = bytes[i],
                                  .begin_s = begin_s[i],
                                  .end_s = end_s[i]});
    }
    return timeline;
}

}  // namespace plumbline::layout
