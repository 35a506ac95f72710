// SPDX-License-Identifier: Apache-2.0
#include "scenarios/yaml/sections.hpp"

#include <fmt/format.h>

#include <optional>

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

}  // namespace plumbline
