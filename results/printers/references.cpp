// SPDX-License-Identifier: Apache-2.0
#include "results/printers/references.hpp"

#include "collectives/util/units.hpp"
#include "results/summaries/summarize.hpp"
#include "results/util/text.hpp"

#include <fmt/format.h>

namespace plumbline {
namespace {

std::string gigabytes(double bytes_per_s)
{
    return fmt::format("{:.1f}", bytes_per_s / giga);
}

std::string what_of(const PublishedValue& value)
{
    return value.op.empty() ? fmt::format("{} {}", value.pattern, value.dtype)
                            : fmt::format("{} {} {}", value.pattern, value.dtype, value.op);
}

}  // namespace

std::string describe(const PublishedValue& value)
{
    const auto bound = bound_of(value);
    return text::printable(fmt::format(
        "{} GB/s {} ({}{}), {}; bound {}; {}, {}", gigabytes(value.busbw_bytes_per_s), what_of(value),
        conditions_of(value), value.in_place ? ", in place" : "",
        value.kind == PublishedKind::measured ? std::string("measured") : std::string("threshold of an operator"),
        bound.seconds ? gigabytes(counted_bytes(value) / *bound.seconds) : "-", value.source, value.date));
}

std::string reference_text(const PublishedValue& value, const CaseSummary& measured)
{
    const CaseSummary row = with_point_value(measured);
    const double busbw = row.busbw_bytes_per_s.value_or(0);
    const auto share = [&](double of) { return fmt::format("{:.0f} %", 100 * busbw / of); };
    std::string text =
        fmt::format("{}: {} GB/s = {} of the {} {} ({}, {})\n",
                    text::printable(plumbline::describe(measured.header.what)), gigabytes(busbw),
                    share(value.busbw_bytes_per_s), value.kind == PublishedKind::measured ? "published" : "threshold",
                    gigabytes(value.busbw_bytes_per_s), conditions_of(value), value.name);
    if (const Attainable found = attainable_of(value); found.seconds) {
        const double attainable = counted_bytes(value) / *found.seconds;
        text += fmt::format("  {} of attainable: {} by {} over its links ({})\n", share(attainable),
                            gigabytes(attainable), info(found.algorithm).said, value.links_source);
    }
    if (const Ideal bound = bound_of(value); bound.seconds) {
        const double most = counted_bytes(value) / *bound.seconds;
        text += fmt::format("  {} of the physical bound {} ({})\n", share(most), gigabytes(most), name(bound.limit));
    }
    return text +
           text::printable(fmt::format("  published: {}; {}; library: {}; {}", value.source, value.date, value.library,
                                       value.statistic)) +
           "\n" + (value.note.empty() ? "" : "  " + text::printable(value.note) + "\n");
}

}  // namespace plumbline
