// SPDX-License-Identifier: Apache-2.0
#include "results/report/soak_page.hpp"

#include "results/endurance/endurance.hpp"
#include "results/endurance/soak_text.hpp"
#include "results/report/page.hpp"
#include "results/report/soak_charts.hpp"
#include "results/statistics/failure_rates.hpp"
#include "results/texts/language.hpp"
#include "results/util/text.hpp"
#include "results/verdicts/written_numbers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>

namespace plumbline::report {

namespace {

constexpr std::size_t most_rows = 200;

class Page {
public:
    Page(const Soak& soak, const Judgement& judgement, Language language)
        : soak_(soak), judgement_(judgement), language_(language)
    {
    }

    std::string body() const
    {
        std::string text = fmt::format("<h1>{}: {}</h1>\n", said("title"), html_text(soak_.settings.name));
        text += fmt::format("<p class=\"sub\">{}</p>\n", html_text(soak_.settings.workload));
        text += verdict() + numbers();
        text += section("strip", strip_chart(soak_, language_), said("strip.note"));
        text += section("lines", time_line_chart(soak_, language_), said("notes"));
        text += section("recovery", recovery_chart(soak_, recovery_bound(), language_), "");
        text += section("effective", effective_time_chart(soak_, language_), "");
        text += section("bandwidth", bandwidth_chart(soak_, language_), "");
        return text + targets() + events();
    }

private:
    std::string_view said(std::string_view key) const { return soak_text(key, language_); }

    std::string section(std::string_view key, const std::string& inside, std::string_view note) const
    {
        if (inside.empty()) {
            return "";
        }
        return fmt::format("<h2>{}</h2>\n{}{}", said(key), inside,
                           note.empty() ? "" : fmt::format("<p class=\"note\">{}</p>\n", html_text(note)));
    }

    std::string verdict() const
    {
        if (!judgement_.verdict) {
            return fmt::format("<div class=\"verdict NONE\"><b>{}</b></div>\n", said("none"));
        }
        const std::string_view word = name(*judgement_.verdict);
        return fmt::format("<div class=\"verdict {}\"><b>{}</b></div>\n", word, said(word));
    }

    std::string fact(std::string_view key, const std::string& value) const
    {
        return fmt::format("<div><div class=\"key\">{}</div><div class=\"value\">{}</div></div>\n", said(key),
                           html_text(value));
    }

    std::string numbers() const
    {
        const TimeSpent spent = time_spent(soak_);
        const std::size_t unplanned = interruptions(soak_);
        std::string text = fmt::format("<h2>{}</h2>\n<div class=\"facts\">\n", said("numbers"));
        text +=
            fact("wall", fmt::format("{} / {}", duration_text(spent.wall_s), duration_text(soak_.settings.planned_s)));
        const auto ratio = spent.effective_ratio();
        text += fact("ettr", ratio ? fmt::format("{:.2f} %", 100 * *ratio) : "-");
        text += fact("interruptions", fmt::format("{}", unplanned));
        text += fact("recoveries", fmt::format("{}", soak_.recoveries()));
        if (spent.wall_s > 0) {
            const Interval mtbf = mtbf_interval(spent.wall_s, unplanned, soak_.settings.confidence);
            text +=
                fact("mtbf",
                     std::isfinite(mtbf.high)
                         ? fmt::format("[{}, {}] ({:g} %)", duration_text(mtbf.low), duration_text(mtbf.high),
                                       100 * soak_.settings.confidence)
                         : fmt::format(">= {} ({:g} %)",
                                       duration_text(mtbf_at_least(spent.wall_s, unplanned, soak_.settings.confidence)),
                                       100 * soak_.settings.confidence));
        }
        text += fact("steps", fmt::format("{}", soak_.most_steps));
        text += fact("checkpoints", fmt::format("{} ({})", soak_.checkpoints, duration_text(spent.checkpoint_s)));
        text += fact("launches", fmt::format("{}", soak_.segments));
        text += fact("ranks", fmt::format("{}", soak_.ranks));
        return text + "</div>\n";
    }

    std::optional<double> recovery_bound() const
    {
        const auto found = std::ranges::find_if(judgement_.findings, [](const Finding& f) {
            return f.metric == Metric::recovery_time && f.at_most.has_value();
        });
        return found == judgement_.findings.end() ? std::nullopt : found->at_most;
    }

    std::string targets() const
    {
        if (judgement_.findings.empty()) {
            return "";
        }
        std::string text = fmt::format(
            "<h2>{}</h2>\n<div "
            "class=\"scroll\"><table><thead><tr><th>{}</th><th>{}</th><th>{}</th><th>{}</th></tr></thead><tbody>\n",
            said("targets"), said("verdict"), said("target"), said("value"), said("why"));
        for (const Finding& finding : judgement_.findings) {
            const Sentence why = finding.basis.empty() ? finding.why
                                 : finding.why.empty() ? finding.basis
                                                       : say("{}; {}", finding.basis, finding.why);
            text += fmt::format("<tr><td class=\"{}\">{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                                name(finding.verdict), said(name(finding.verdict)), html_text(finding.target),
                                html_text(in(language_, measured_text(finding))), html_text(in(language_, why)));
        }
        return text + "</tbody></table></div>\n";
    }

    static std::string time(std::optional<double> seconds) { return seconds ? duration_text(*seconds) : "-"; }

    /// In the words of the page's language, as far as these are known.
    std::string what_happened(const SoakEvent& event) const
    {
        const std::string what = in(language_, text::printable(event.what));
        return event.notes.empty() ? what : fmt::format("{}; {}", what, in(language_, text::printable(event.notes)));
    }

    std::string events() const
    {
        if (soak_.events.empty()) {
            return "";
        }
        std::string text =
            fmt::format("<h2>{}</h2>\n<div class=\"scroll\"><table><thead><tr><th>#</th>", said("events"));
        for (const std::string_view column :
             {"after", "cause", "detected", "restarted", "resumed", "total", "lost", "what"}) {
            const bool is_text = column == "cause" || column == "what";
            text += fmt::format("<th{}>{}</th>", is_text ? "" : " class=\"n\"", said(column));
        }
        text += "</tr></thead><tbody>\n";
        const std::size_t first = soak_.events.size() > most_rows ? soak_.events.size() - most_rows : 0;
        for (std::size_t i = first; i < soak_.events.size(); ++i) {
            const SoakEvent& event = soak_.events[i];
            const auto lost = event.lost_steps();
            text += fmt::format(
                "<tr><td>{}</td><td class=\"n\">{}</td><td>{}{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td "
                "class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td>{}</td></tr>\n",
                i + 1, duration_text(event.moment(Moment::fault).value_or(0) - soak_.first_step_unix_s.value_or(0)),
                said(fmt::format("cause.{}", name(event.cause))),
                event.injected.empty() ? "" : fmt::format(" ({} {})", said("injected"), html_text(event.injected)),
                time(event.detection_s()), time(event.restart_s()), time(event.resume_s()), time(event.recovery_s()),
                lost ? fmt::format("{}", *lost) : "-", html_text(what_happened(event)));
        }
        text += "</tbody></table></div>\n";
        return first == 0 ? text : text + fmt::format("<p class=\"note\">{}</p>\n", said("all"));
    }

    const Soak& soak_;
    const Judgement& judgement_;
    Language language_;
};

std::string main_of(const Soak& soak, const Judgement& judgement, Language language, bool shown)
{
    return fmt::format("<main lang=\"{0}\" id=\"{0}\"{1}>\n<div class=\"bar\"><button>{2}</button></div>\n{3}</main>\n",
                       language == Language::zh ? "zh-CN" : "en", shown ? "" : " hidden", soak_text("switch", language),
                       Page(soak, judgement, language).body());
}

}  // namespace

std::string soak_page(const Soak& soak, const Judgement& judgement, Language first)
{
    std::string page = fmt::format(
        "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'unsafe-inline'; "
        "style-src 'unsafe-inline'\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>plumbline: {}</title>\n"
        "<style>\n{}</style>\n</head>\n<body>\n",
        first == Language::zh ? "zh-CN" : "en", html_text(soak.settings.name), page_style());
    for (const Language language : {Language::en, Language::zh}) {
        page += main_of(soak, judgement, language, language == first);
    }
    page +=
        "<script>\n'use strict';\nfor (const button of document.querySelectorAll('button')) {\n"
        "  button.onclick = () => {\n    for (const main of document.querySelectorAll('main')) main.hidden = "
        "!main.hidden;\n"
        "    document.documentElement.lang = document.querySelector('main:not([hidden])').lang;\n  };\n}\n</script>\n";
    return page + "</body>\n</html>\n";
}

}  // namespace plumbline::report
