// SPDX-License-Identifier: Apache-2.0
#include "results/printers/guidelines.hpp"

#include "collectives/util/units.hpp"
#include "results/util/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

namespace plumbline {
namespace {

using Json = nlohmann::ordered_json;
using text::pluralize;
using text::printable;

std::string_view library_of(const RunMetadata& info)
{
    for (const auto& [name, value] : info.facts) {
        if (name == "library") {
            return value;
        }
    }
    return {};
}

}  // namespace

std::string guideline_text(const GuidelineViolation& broken)
{
    return fmt::format("{} is broken by {:+.0f} % [{:+.0f}, {:+.0f}]: {} against {} at {}", broken.rule,
                       100 * (broken.ratio - 1), 100 * (broken.interval.low - 1), 100 * (broken.interval.high - 1),
                       format_seconds(broken.left_s), format_seconds(broken.right_s), printable(broken.at));
}

void guidelines_text(std::ostream& out, const RunMetadata& info, const GuidelineReport& report)
{
    if (report.compared + report.too_few_samples + report.unlike_machines == 0) {
        return;
    }
    out << "guidelines, which need no target: an operation takes no longer than others that do the same\n";
    std::vector<std::string> settings;  // once each
    for (const GuidelineViolation& broken : report.broken) {
        out << "  " << guideline_text(broken) << '\n';
        const std::string look_at =
            fmt::format("{}: look at {}", broken.pattern, printable(suggested_setting(broken, library_of(info))));
        if (std::ranges::find(settings, look_at) == settings.end()) {
            settings.push_back(look_at);
        }
    }
    for (const std::string& setting : settings) {
        out << "  " << setting << '\n';
    }
    out << fmt::format("  {} of {} broken\n", report.broken.size(), pluralize(report.compared, "comparison"));
    if (report.too_few_samples > 0) {
        out << fmt::format("  note: {} more had too few samples\n", report.too_few_samples);
    }
    if (report.unlike_machines > 0) {
        out << fmt::format("  note: the sides of {} more were measured in different states of the machine\n",
                           report.unlike_machines);
    }
}

Json guidelines_json(const RunMetadata& info, const GuidelineReport& report)
{
    Json object{{"compared", report.compared},
                {"too_few_samples", report.too_few_samples},
                {"unlike_machines", report.unlike_machines},
                {"broken", Json::array()}};
    for (const GuidelineViolation& broken : report.broken) {
        object["broken"].push_back({{"kind", name(broken.kind)},
                                    {"rule", broken.rule},
                                    {"case", broken.case_id},
                                    {"at", broken.at},
                                    {"against", broken.against},
                                    {"times", broken.times},
                                    {"left_s", broken.left_s},
                                    {"right_s", broken.right_s},
                                    {"ratio", broken.ratio},
                                    {"ratio_low", broken.interval.low},
                                    {"ratio_high", broken.interval.high},
                                    {"setting", suggested_setting(broken, library_of(info))},
                                    {"text", guideline_text(broken)}});
    }
    return object;
}

}  // namespace plumbline
