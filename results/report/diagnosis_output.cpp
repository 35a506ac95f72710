// SPDX-License-Identifier: Apache-2.0
#include "results/report/diagnosis_output.hpp"

#include "results/printers/guidelines.hpp"
#include "results/report/page.hpp"
#include "results/util/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace plumbline::report {
namespace {

/// "a; b" in one language.
std::string joined(const std::vector<Sentence>& parts, Language language)
{
    std::string all;
    for (const Sentence& part : parts) {
        all += (all.empty() ? "" : language == Language::zh ? "；" : "; ") + in(language, part);
    }
    return all;
}

std::vector<Sentence> findings_of(const CaseDiagnosis& row)
{
    std::vector<Sentence> all;
    for (const SlowComponent& finding : row.diagnosis.findings) {
        all.push_back(finding_said(finding, row.header.what.bytes));
    }
    return all;
}

std::vector<Sentence> findings_of(const StragglerReport& ranks, const RunMetadata& info)
{
    std::vector<Sentence> all;
    for (const Straggler& straggler : ranks.found) {
        all.push_back(straggler_said(straggler, info));
    }
    return all;
}

std::vector<Sentence> sentences(const std::vector<std::string>& notes)
{
    return {notes.begin(), notes.end()};
}

bool was_judged(const StragglerReport& ranks)
{
    return std::ranges::any_of(ranks.judged_cases, [](std::size_t cases) { return cases > 0; });
}

struct Counts {
    std::size_t tests = 0, failures = 0, skipped = 0;
};

std::string test_case(std::string_view name, const std::vector<Sentence>& findings, bool judged,
                      const std::vector<std::string>& notes, Counts& counts)
{
    ++counts.tests;
    std::string inside;
    if (!findings.empty()) {
        ++counts.failures;
        inside = fmt::format("<failure type=\"FAIL\" message=\"{0}\">{0}</failure>",
                             html_text(joined(findings, Language::en)));
    } else if (!judged) {
        ++counts.skipped;
        inside = fmt::format("<skipped message=\"{}\"/>",
                             html_text(notes.empty() ? "not measured" : joined(sentences(notes), Language::en)));
    }
    return fmt::format("    <testcase classname=\"diagnosis\" name=\"{}\">{}</testcase>\n", html_text(name), inside);
}

class Page {
public:
    Page(const RunMetadata& info, const FileDiagnosis& file, const std::vector<std::string>& heat_maps,
         Language language)
        : info_(info), file_(file), heat_maps_(heat_maps), language_(language)
    {
    }

    std::string text() const
    {
        const std::string title = "plumbline: " + info_.name;
        std::string page = fmt::format(
            "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n"
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{}</title>\n"
            "<style>\n{}</style>\n</head>\n<body>\n<main>\n<h1>{}</h1>\n<p class=\"sub\">{}</p>\n",
            language_ == Language::zh ? "zh-CN" : "en", html_text(title), page_style(), said(say("Diagnosis")),
            html_text(info_.name));
        if (info_.simulated) {
            page += fmt::format("<p class=\"warn\">{}</p>\n", said(say("Simulated: not a measurement of a machine.")));
        }
        if (info_.fake_library) {
            page += fmt::format(
                "<p class=\"warn\">{}</p>\n",
                said(say("Stand-in: a library for tests in place of the real one, not a measurement of it.")));
        }
        page += verdict();
        for (std::size_t i = 0; i < file_.links.size(); ++i) {
            page += links(file_.links[i], i < heat_maps_.size() ? heat_maps_[i] : "");
        }
        if (file_.links.empty()) {
            page += section(say("Links"), {}, {say("not measured: the run has no case of links or bisect")});
        }
        page += section(say("Ranks"), findings_of(file_.ranks, info_), sentences(file_.ranks.notes));
        std::vector<Sentence> broken;
        for (const GuidelineViolation& one : file_.guidelines.broken) {
            broken.push_back(guideline_said(one));
        }
        page += section(say("Guidelines of performance"), broken, {});
        return page + "</main>\n</body>\n</html>\n";
    }

private:
    std::string said(const Sentence& sentence) const { return html_text(in(language_, sentence)); }

    std::string verdict() const
    {
        const auto named = named_components(info_, file_);
        const bool judged = std::ranges::any_of(file_.links,
                                                [](const CaseDiagnosis& row) {
                                                    return row.diagnosis.median_s || !row.diagnosis.findings.empty();
                                                }) ||
                            was_judged(file_.ranks);
        const std::string_view look = info_.simulated ? "NONE" : !named.empty() ? "FAIL" : judged ? "PASS" : "NONE";
        const Sentence head = !named.empty() ? count_said(static_cast<long long>(named.size()), "{} named", "{} named")
                              : judged       ? say("none named")
                                             : say("not judged");
        return fmt::format("<div class=\"verdict {}\"><b>{}</b><span>{}</span></div>\n", look, said(head),
                           html_text(joined(named, language_)));
    }

    std::string section(const Sentence& title, const std::vector<Sentence>& findings,
                        const std::vector<Sentence>& notes) const
    {
        std::string text = fmt::format("<h2>{}</h2>\n", said(title));
        text += list(findings);
        if (findings.empty() && notes.empty()) {
            text += fmt::format("<p>{}</p>\n", said(say("none stands out")));
        }
        for (const Sentence& note : notes) {
            text += fmt::format("<p class=\"note\">{}</p>\n", said(note));
        }
        return text;
    }

    std::string list(const std::vector<Sentence>& lines) const
    {
        std::string text = lines.empty() ? "" : "<ul>\n";
        for (const Sentence& line : lines) {
            text += fmt::format("<li>{}</li>\n", said(line));
        }
        return lines.empty() ? text : text + "</ul>\n";
    }

    std::string links(const CaseDiagnosis& row, const std::string& heat_map) const
    {
        std::vector<Sentence> notes;
        for (const PeerStatement& statement : row.diagnosis.peers) {
            notes.push_back(peers_said(statement));
        }
        notes.insert(notes.end(), row.diagnosis.notes.begin(), row.diagnosis.notes.end());
        std::string text = section(description(row.header.what), findings_of(row), notes);
        if (!heat_map.empty()) {
            std::string safe;
            for (std::size_t begin = 0; begin < heat_map.size();) {
                const std::size_t end = std::min(heat_map.find('\n', begin), heat_map.size());
                safe += html_text(std::string_view(heat_map).substr(begin, end - begin)) + "\n";
                begin = end + 1;
            }
            text += fmt::format("<details open><summary>{}</summary><pre class=\"scroll\">{}</pre></details>\n",
                                said(say("Each sender (row) to each receiver (column)")), safe);
        }
        return text;
    }

    const RunMetadata& info_;
    const FileDiagnosis& file_;
    const std::vector<std::string>& heat_maps_;
    Language language_;
};

}  // namespace

void diagnosis_junit(std::ostream& out, const RunMetadata& info, const FileDiagnosis& file)
{
    Counts counts;
    std::string cases;
    for (const CaseDiagnosis& row : file.links) {
        const auto findings = findings_of(row);
        cases += test_case(fmt::format("case {}, {}", row.header.id, std::string(describe(row.header.what))), findings,
                           row.diagnosis.median_s.has_value(), row.diagnosis.notes, counts);
    }
    cases += test_case("ranks", findings_of(file.ranks, info), was_judged(file.ranks), file.ranks.notes, counts);
    out << fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"plumbline diagnosis\" "
        "tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\">\n{}  </testsuite>\n</testsuites>\n",
        counts.tests, counts.failures, counts.skipped, cases);
}

std::string diagnosis_page(const RunMetadata& info, const FileDiagnosis& file,
                           const std::vector<std::string>& heat_maps, Language language)
{
    return Page(info, file, heat_maps, language).text();
}

}  // namespace plumbline::report
