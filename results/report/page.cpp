// SPDX-License-Identifier: Apache-2.0
#include "results/report/page.hpp"

#include "results/report/embedded.hpp"
#include "results/util/text.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace plumbline::report {
namespace {

std::string_view part(std::string_view name)
{
    for (const EmbeddedFile& file : page_parts()) {
        if (file.name == name) {
            return file.text;
        }
    }
    throw std::logic_error(fmt::format("the page has no part {}", name));
}

/// JSON inside a script element: with no '<' in it nothing can end the element or open a comment.
std::string script_json(std::string_view json)
{
    std::string safe;
    safe.reserve(json.size());
    for (const char c : text::printable_lines(json)) {
        if (c == '<') {
            safe += "\\u003c";
        } else {
            safe += c;
        }
    }
    return safe;
}

/// The library as modules by name, and its licence as text beside it.
std::string chart_scripts()
{
    std::string licence;
    std::string modules;
    for (const EmbeddedFile& file : chart_library()) {
        if (file.name == "licence") {
            licence =
                fmt::format("<script type=\"text/plain\" id=\"chart-library-licence\">\n{}</script>\n", file.text);
        } else {
            modules += fmt::format("'{}': function (exports, module, require) {{\n{}\n}},\n", file.name, file.text);
        }
    }
    return modules.empty() ? "<script>const vega = null;</script>\n"
                           : fmt::format("{}<script>\n{}\nconst vega = loadVega({{\n{}}});\n</script>\n", licence,
                                         part("vega_loader.js"), modules);
}

}  // namespace

std::string html_text(std::string_view raw)
{
    std::string safe;
    for (const char c : text::printable(raw)) {
        switch (c) {
            case '&':
                safe += "&amp;";
                break;
            case '<':
                safe += "&lt;";
                break;
            case '>':
                safe += "&gt;";
                break;
            case '"':
                safe += "&quot;";
                break;
            case '\'':
                safe += "&#39;";
                break;
            default:
                safe += c;
        }
    }
    return safe;
}

std::string_view page_style()
{
    return part("page.css");
}

std::string html_page(Language language, std::string_view title, std::string_view data)
{
    std::string page = fmt::format(
        "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n"
        // Nothing is loaded, sent or evaluated, whatever a run file says.
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'unsafe-inline'; "
        "style-src 'unsafe-inline'; img-src data: blob:\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{}</title>\n",
        language == Language::zh ? "zh-CN" : "en", html_text(title));
    page += fmt::format("<style>\n{}</style>\n</head>\n<body>\n{}", part("page.css"), part("page.html"));
    page += fmt::format("<script type=\"application/json\" id=\"data\">{}</script>\n", script_json(data));
    page += chart_scripts();
    for (const std::string_view script : {"values.js", "charts.js", "figures.js", "sections.js", "machine.js",
                                          "document.js", "compare.js", "history.js", "page.js"}) {
        page += fmt::format("<script>\n{}</script>\n", part(script));
    }
    return page + "</body>\n</html>\n";
}

}  // namespace plumbline::report
