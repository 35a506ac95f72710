// SPDX-License-Identifier: Apache-2.0
#include "collectives/util/error.hpp"
#include "collectives/util/units.hpp"
#include "harness/app/bundled_scenarios.hpp"
#include "harness/app/commands.hpp"
#include "harness/app/language.hpp"
#include "harness/app/output.hpp"
#include "results/endurance/soak_text.hpp"
#include "results/projection/published_endurance.hpp"
#include "results/projection/reference_tables.hpp"
#include "results/texts/language.hpp"
#include "results/util/digits.hpp"
#include "results/util/text.hpp"
#include "results/verdicts/verdict.hpp"
#include "scenarios/yaml/scenario.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline::app {

namespace {

std::string percent(double share)
{
    return fmt::format("{:.1f} %", 100 * share);
}

/// In columns of a terminal, of which a Chinese character takes two.
std::string right(const std::string& text, std::size_t columns)
{
    return std::string(columns - std::min(columns, text::width(text)), ' ') + text;
}
std::string left(const std::string& text, std::size_t columns)
{
    return text + std::string(columns - std::min(columns, text::width(text)), ' ');
}

std::string heading_of(const std::string& name, const std::string& source, Language language)
{
    return in(language, say("{}: published values, not measured here", name)) + "\n" + source + "\n\n";
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

Sentence efficiency_said(const PublishedSeries& series, const PublishedRow& base, const PublishedRow& row)
{
    if (base.ranks == row.ranks && base.batch == row.batch) {
        return say("base, {}", ranks_said(base.ranks));
    }
    if (base.batch != row.batch) {
        return say("no speedup: batch {} is other work than the base's {}", row.batch, base.batch);
    }
    if (row.ranks < base.ranks) {
        return say("below the base");
    }
    const auto got = published_efficiency(series, base, row);
    constexpr double wanted = 0.9;
    const auto texts =
        text::written_apart(std::array{100 * got.efficiency, 100 * got.interval.low, 100 * got.interval.high},
                            std::array{100 * wanted}, text::fixed_point(1));
    return say("{} % [{}, {}] {}", texts[0], texts[1], texts[2],
               word(name(verdict_of(got.interval, wanted, std::nullopt))));
}

std::string table_of(const PublishedSeries& series, std::optional<int> base_ranks, Language language)
{
    const auto title = [&](std::string_view name) { return in(language, word(name)); };
    std::string text = heading_of(series.name, series.source, language);
    const std::size_t ranks_columns = std::max<std::size_t>(6, text::width(title("ranks")));
    text += right(title("batch"), 6) + " " + right(title("ranks"), ranks_columns) + right(title("step"), 10) +
            right("MFU", 10) + right(title("recomputed"), 11) + "  " + title("strong efficiency, against 90 %") + "\n";
    const auto bases = bases_of(series);
    for (const PublishedRow& row : series.rows) {
        const PublishedRow& base = base_ranks ? named_base(series, *base_ranks) : bases.at(row.batch);
        text += fmt::format("{:>6} {:>{}} {:>9} {:>9} {:>10}  {}\n", row.batch, row.ranks, ranks_columns,
                            format_seconds(row.step_s), row.mfu ? percent(*row.mfu) : "-",
                            percent(published_mfu(series, row)), in(language, efficiency_said(series, base, row)));
    }
    text +=
        "\n" +
        in(language, say("recomputed: from the tokens a second and the model's operations; interval: {} on each time",
                         percent(series.noise))) +
        "\n";
    for (const InconsistentCell& cell : inconsistent_cells(series)) {
        text += in(language, say("contradiction in row {}: {}", cell.row + 1, recognised(cell.why))) + "\n";
    }
    return text;
}

/// What was published beside what follows from the other numbers.
std::string endurance_table(const PublishedEndurance& published, Language language)
{
    const auto written = [](EnduranceFigureKind kind, double value) {
        return is_time(kind)                                       ? duration_text(value)
               : kind == EnduranceFigureKind::effective_time_ratio ? percent(value)
                                                                   : fmt::format("{:.3g}", value);
    };
    const auto title = [&](std::string_view name) { return in(language, word(name)); };
    std::string text = heading_of(published.name, published.source, language);
    text += left(title("figure"), 28) + right(title("nodes"), 8) + right(title("published"), 11) +
            right(title("recomputed"), 12) + "\n";
    for (const EnduranceFigure& figure : published.figures) {
        const auto again = recomputed(published, figure);
        text += fmt::format("{} {:>7} {:>10} {:>11}\n", left(title(name(figure.kind)), 28),
                            figure.nodes ? fmt::format("{:g}", *figure.nodes) : "-", written(figure.kind, figure.value),
                            again ? written(figure.kind, *again) : "-");
    }
    return text + "\n" +
           in(language,
              say("recomputed: from the profile's other numbers (docs/explanation/statistics.md); - where they "
                  "don't say it")) +
           "\n";
}

std::string comparison_of(const PublishedSeries& ours, const PublishedSeries& theirs, Language language)
{
    std::string text = "\n" + in(language, say("{} against {}:", ours.name, theirs.name)) + "\n";
    for (const PublishedRatio& ratio : published_ratios(ours, theirs)) {
        const Sentence said = ratio.mfu ? say("{:>6} ranks, batch {}: {:.2f} times by MFU, {:.2f} times by step time",
                                              ratio.ranks, ratio.batch, *ratio.mfu, ratio.step)
                                        : say("{:>6} ranks, batch {}: - by MFU, {:.2f} times by step time", ratio.ranks,
                                              ratio.batch, ratio.step);
        text += in(language, said) + "\n";
    }
    return text;
}

}  // namespace

int published_command(const PublishedOptions& options)
{
    const Language language = chosen_language(options.language);
    if (const auto endurance = load_published_endurance(find_profile(options.profile))) {
        if (!options.rival.empty() || options.base_ranks) {
            throw ConfigError(say("{} is of endurance (RIVAL and --base-ranks are of tables of speeds). Leave them out",
                                  options.profile));
        }
        write_result(endurance_table(*endurance, language));
        return 0;
    }
    const PublishedSeries ours = load_published(find_profile(options.profile));
    std::string text = table_of(ours, options.base_ranks, language);
    if (!options.rival.empty()) {
        const PublishedSeries theirs = load_published(find_profile(options.rival));
        text += "\n" + table_of(theirs, options.base_ranks, language) + comparison_of(ours, theirs, language);
    }
    write_result(text);
    return 0;
}

}  // namespace plumbline::app
