// SPDX-License-Identifier: Apache-2.0
#include "results/printers/guidelines.hpp"

#include "collectives/util/units.hpp"
#include "results/util/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline {
namespace {

using Json = nlohmann::ordered_json;
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

Sentence guideline_said(const GuidelineViolation& broken)
{
    return say("{} is broken by {:+.0f} % [{:+.0f}, {:+.0f}]: {} against {} at {}", Sentence(broken.rule),
               100 * (broken.ratio - 1), 100 * (broken.interval.low - 1), 100 * (broken.interval.high - 1),
               format_seconds(broken.left_s), format_seconds(broken.right_s), Sentence(broken.at));
}

void guidelines_text(std::ostream& out, const RunMetadata& info, const GuidelineReport& report, Language language)
{
    if (report.compared + report.too_few_samples + report.unlike_machines == 0) {
        return;
    }
    const auto line = [&](const Sentence& sentence, std::string_view indent = "  ") {
        out << indent << printable(in(language, sentence)) << '\n';
    };
    line(say("guidelines, which need no target: an operation takes no longer than others that do the same"), "");
    std::vector<Sentence> settings;  // once each
    for (const GuidelineViolation& broken : report.broken) {
        line(guideline_said(broken));
        const Sentence look_at =
            say("{}: look at {}", broken.pattern, Sentence(suggested_setting(broken, library_of(info))));
        if (std::ranges::find(settings, look_at) == settings.end()) {
            settings.push_back(look_at);
        }
    }
    for (const Sentence& setting : settings) {
        line(setting);
    }
    line(say("{} of {} broken", report.broken.size(),
             count_said(static_cast<long long>(report.compared), "{} comparison", "{} comparisons")));
    if (report.too_few_samples > 0) {
        line(say("note: {} more had too few samples", report.too_few_samples));
    }
    if (report.unlike_machines > 0) {
        line(
            say("note: the sides of {} more were measured in different states of the machine", report.unlike_machines));
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
                                    {"text", printable(guideline_said(broken).english())}});
    }
    return object;
}

}  // namespace plumbline
