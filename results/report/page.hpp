// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/report/texts.hpp"

#include <string>
#include <string_view>

namespace plumbline::report {

/// One self-contained HTML page around `data`, JSON that the page's script draws. Whatever is in `title` and `data`
/// stays text: neither can end the element that it is in. Pure.
std::string html_page(Language language, std::string_view title, std::string_view data);

/// For the inside of an element or a quoted attribute: &, <, > and quotes as entities, no control characters.
std::string html_text(std::string_view raw);

/// The page's style sheet, for pages that no script draws.
std::string_view page_style();

}  // namespace plumbline::report
