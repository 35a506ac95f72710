// SPDX-License-Identifier: Apache-2.0
#include "results/layout/timeline.hpp"

#include "results/layout/layout.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace plumbline::layout {
namespace {

int narrow(std::int64_t value)
{
    if (value < std::numeric_limits<int>::min() || value > std::numeric_limits<int>::max()) {
        throw hdf5::Error(say("a timeline has an impossible number"));
    }
    return static_cast<int>(value);
}

/// One field of all steps as a column.
template <class T>
hdf5::ColumnValues column_of(const std::vector<TimelineStep>& steps, T TimelineStep::* member)
{
    using Stored = std::conditional_t<std::is_same_v<T, int>, std::int64_t, T>;
    std::vector<Stored> values;
    values.reserve(steps.size());
    for (const TimelineStep& step : steps) {
        values.push_back(step.*member);
    }
    return values;
}

template <class T>
void read_column(const hdf5::Table& table, const std::string& name, T TimelineStep::* member,
                 std::vector<TimelineStep>& steps)
{
    using Stored = std::conditional_t<std::is_same_v<T, int>, std::int64_t, T>;
    auto values = table.column<Stored>(name);
    for (std::size_t i = 0; i < steps.size(); ++i) {
        if constexpr (std::is_same_v<T, int>) {
            steps[i].*member = narrow(values[i]);
        } else {
            steps[i].*member = std::move(values[i]);
        }
    }
}

}  // namespace

void write_timeline(hdf5::Contents& file, const std::string& path, hid_t group, const std::optional<Timeline>& timeline)
{
    if (!timeline) {
        return;
    }
    hdf5::write_attribute(group, "timeline_sample", static_cast<std::int64_t>(timeline->sample));
    hdf5::write_attribute(group, "timeline_ranks", std::int64_t{timeline->ranks});
    hdf5::write_attribute(group, "timeline_steps_left_out", std::int64_t{timeline->steps_left_out});
    std::vector<hdf5::Column> table;
    for (const TimelineField& field : timeline_fields) {
        table.push_back({std::string(field.name), std::string(field.unit),
                         std::visit([&](auto member) { return column_of(timeline->steps, member); }, field.member)});
    }
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
    timeline.steps.resize(table.rows());
    for (const TimelineField& field : timeline_fields) {
        std::visit([&](auto member) { read_column(table, std::string(field.name), member, timeline.steps); },
                   field.member);
    }
    return timeline;
}

}  // namespace plumbline::layout
