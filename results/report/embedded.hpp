#pragma once

#include <span>
#include <string_view>

namespace plumbline::report {

/// A file that was built into the program.
struct EmbeddedFile {
    std::string_view name;
    std::string_view text;
};
/// The page's own parts: results/report/page/*.
std::span<const EmbeddedFile> page_parts();
/// Vega's modules as Debian's libjs-vega has them, and its licence; empty when the program was built without.
std::span<const EmbeddedFile> chart_library();

}  // namespace plumbline::report
