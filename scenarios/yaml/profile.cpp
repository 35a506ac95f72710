// SPDX-License-Identifier: Apache-2.0
#include "scenarios/yaml/sections.hpp"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <string_view>

namespace plumbline {

namespace {

std::optional<double> number_if(const Field& field, std::string_view key, double unit = 1)
{
    const auto found = field.find(key);
    return found ? std::optional(found->number() * unit) : std::nullopt;
}

PublishedRow read_row(const Field& field)
{
    constexpr std::array<std::string_view, 6> keys{"batch", "ranks", "step", "tokens_per_s", "mfu", "petaflops"};
    field.expect_keys("a published row", keys);
    PublishedRow row;
    row.batch = field.require("batch").number();
    row.ranks = field.require("ranks").count(1);
    row.step_s = field.require("step").positive_seconds();
    row.tokens_per_s = number_if(field, "tokens_per_s");
    row.mfu = number_if(field, "mfu");
    row.flops_per_s = number_if(field, "petaflops", 1e15);
    return row;
}

}  // namespace

PublishedSeries read_published(const Field& field)
{
    constexpr std::array<std::string_view, 5> keys{"source", "model", "peak_flops", "noise", "rows"};
    field.expect_keys("published", keys);
    PublishedSeries series;
    series.source = field.require("source").text();
    series.model = read_model(field.require("model"));
    series.peak_flops = field.require("peak_flops").number();
    series.noise = number_if(field, "noise").value_or(series.noise);
    for (const Field& row : field.require("rows").items()) {
        series.rows.push_back(read_row(row));
    }
    return series;
}

PublishedEndurance read_published_endurance(const Field& field)
{
    constexpr std::array<std::string_view, 11> keys{"source",         "duration",
                                                    "nodes",          "interruptions",
                                                    "planned",        "effective_time_ratio",
                                                    "figures",        "failures_per_1000_node_days",
                                                    "restart",        "checkpoint_every",
                                                    "checkpoint_time"};
    constexpr std::array<std::string_view, 3> figure_keys{"figure", "nodes", "value"};
    field.expect_keys("endurance", keys);
    const auto seconds_if = [&](std::string_view key) {
        const auto found = field.find(key);
        return found ? std::optional(found->positive_seconds()) : std::nullopt;
    };
    PublishedEndurance published;
    published.source = field.require("source").text();
    published.duration_s = seconds_if("duration");
    published.nodes = number_if(field, "nodes");
    published.interruptions = number_if(field, "interruptions");
    published.planned = number_if(field, "planned");
    published.effective_time_ratio = number_if(field, "effective_time_ratio");
    published.failures_per_1000_node_days = number_if(field, "failures_per_1000_node_days");
    published.restart_s = seconds_if("restart");
    published.checkpoint_every_s = seconds_if("checkpoint_every");
    published.checkpoint_s = seconds_if("checkpoint_time");
    for (const Field& item : field.require("figures").items()) {
        item.expect_keys("a figure", figure_keys);
        EnduranceFigure figure;
        figure.kind = pick(item.require("figure"), all_endurance_figures);
        figure.nodes = number_if(item, "nodes");
        const Field value = item.require("value");
        figure.value = is_time(figure.kind) ? value.positive_seconds() : value.number();
        published.figures.push_back(figure);
    }
    return published;
}

}  // namespace plumbline
