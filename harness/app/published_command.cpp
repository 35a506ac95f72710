// SPDX-License-Identifier: Apache-2.0
#include "collectives/util/error.hpp"
#include "collectives/util/units.hpp"
#include "harness/app/bundled_scenarios.hpp"
#include "harness/app/commands.hpp"
#include "harness/app/output.hpp"
#include "results/endurance/soak_text.hpp"
#include "results/projection/published_endurance.hpp"
#include "results/projection/reference_tables.hpp"
#include "results/util/digits.hpp"
#include "results/verdicts/verdict.hpp"
#include "scenarios/yaml/scenario.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace plumbline::app {

namespace {

std::string percent(double share)
{
    return fmt::format("{:.1f} %", 100 * share);
}

/// The first row of each batch, which the others of that batch are held against.
std::map<double, PublishedRow> bases_of(const PublishedSeries& series)
{
    std::map<double, PublishedRow> bases;
    for (const PublishedRow& row : series.rows) {
        const auto [base, is_new] = bases.try_emplace(row.batch, row);
        if (!is_new && row.ranks < base->second.ranks) {
            base->second = row;
        }
    }
    return bases;
}

/// The row that the user names. Throws ConfigError where there is none.
const PublishedRow& named_base(const PublishedSeries& series, int ranks)
{
    const auto row = std::ranges::find(series.rows, ranks, &PublishedRow::ranks);
    if (row == series.rows.end()) {
        std::vector<int> scales;
        std::ranges::transform(series.rows, std::back_inserter(scales), &PublishedRow::ranks);
        throw ConfigError(say("--base-ranks {} is not a row of {} (it has {}). Name one of them", ranks, series.name,
                              fmt::join(scales, ", ")));
    }
    return *row;
}

std::string efficiency_text(const PublishedSeries& series, const PublishedRow& base, const PublishedRow& row)
{
    if (base.ranks == row.ranks && base.batch == row.batch) {
        return fmt::format("base, {} ranks", base.ranks);
    }
    if (base.batch != row.batch) {
        return fmt::format("no speedup: batch {} is other work than the base's {}", row.batch, base.batch);
    }
    if (row.ranks < base.ranks) {
        return "below the base";
    }
    const auto got = published_efficiency(series, base, row);
    constexpr double wanted = 0.9;
    const auto texts =
        text::written_apart(std::array{100 * got.efficiency, 100 * got.interval.low, 100 * got.interval.high},
                            std::array{100 * wanted}, text::fixed_point(1));
    return fmt::format("{} % [{}, {}] {}", texts[0], texts[1], texts[2],
                       name(verdict_of(got.interval, wanted, std::nullopt)));
}

std::string table_of(const PublishedSeries& series, std::optional<int> base_ranks)
{
    std::string text = fmt::format("{}: published values, not measured here\n{}\n\n", series.name, series.source);
    text += fmt::format("{:>6} {:>6} {:>9} {:>9} {:>10}  {}\n", "batch", "ranks", "step", "MFU", "recomputed",
                        "strong efficiency, against 90 %");
    const auto bases = bases_of(series);
    for (const PublishedRow& row : series.rows) {
        const PublishedRow& base = base_ranks ? named_base(series, *base_ranks) : bases.at(row.batch);
        text += fmt::format("{:>6} {:>6} {:>9} {:>9} {:>10}  {}\n", row.batch, row.ranks, format_seconds(row.step_s),
                            row.mfu ? percent(*row.mfu) : "-", percent(published_mfu(series, row)),
                            efficiency_text(series, base, row));
    }
    text +=
        fmt::format("\nrecomputed: from the tokens a second and the model's operations; interval: {} on each time\n",
                    percent(series.noise));
    for (const InconsistentCell& cell : inconsistent_cells(series)) {
        text += fmt::format("contradiction in row {}: {}\n", cell.row + 1, cell.why);
    }
    return text;
}

/// What was published beside what follows from the other numbers.
std::string endurance_table(const PublishedEndurance& published)
{
    const auto written = [](EnduranceFigureKind kind, double value) {
        return is_time(kind)                                       ? duration_text(value)
               : kind == EnduranceFigureKind::effective_time_ratio ? percent(value)
                                                                   : fmt::format("{:.3g}", value);
    };
    std::string text = fmt::format("{}: published values, not measured here\n{}\n\n", published.name, published.source);
    text += fmt::format("{:<28} {:>7} {:>10} {:>11}\n", "figure", "nodes", "published", "recomputed");
    for (const EnduranceFigure& figure : published.figures) {
        const auto again = recomputed(published, figure);
        text += fmt::format("{:<28} {:>7} {:>10} {:>11}\n", name(figure.kind),
                            figure.nodes ? fmt::format("{:g}", *figure.nodes) : "-", written(figure.kind, figure.value),
                            again ? written(figure.kind, *again) : "-");
    }
    return text +
           "\nrecomputed: from the profile's other numbers (docs/explanation/statistics.md); - where they don't say "
           "it\n";
}

std::string comparison_of(const PublishedSeries& ours, const PublishedSeries& theirs)
{
    std::string text = fmt::format("\n{} against {}:\n", ours.name, theirs.name);
    for (const PublishedRatio& ratio : published_ratios(ours, theirs)) {
        text += fmt::format("{:>6} ranks, batch {}: {} by MFU, {:.2f} times by step time\n", ratio.ranks, ratio.batch,
                            ratio.mfu ? fmt::format("{:.2f} times", *ratio.mfu) : "-", ratio.step);
    }
    return text;
}

}  // namespace

int published_command(const PublishedOptions& options)
{
    if (const auto endurance = load_published_endurance(find_profile(options.profile))) {
        if (!options.rival.empty() || options.base_ranks) {
            throw ConfigError(say("{} is of endurance (RIVAL and --base-ranks are of tables of speeds). Leave them out",
                                  options.profile));
        }
        write_result(endurance_table(*endurance));
        return 0;
    }
    const PublishedSeries ours = load_published(find_profile(options.profile));
    std::string text = table_of(ours, options.base_ranks);
    if (!options.rival.empty()) {
        const PublishedSeries theirs = load_published(find_profile(options.rival));
        text += "\n" + table_of(theirs, options.base_ranks) + comparison_of(ours, theirs);
    }
    write_result(text);
    return 0;
}

}  // namespace plumbline::app
