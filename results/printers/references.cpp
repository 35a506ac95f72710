// SPDX-License-Identifier: Apache-2.0
#include "results/printers/references.hpp"

#include "collectives/util/units.hpp"
#include "results/summaries/summarize.hpp"
#include "results/util/text.hpp"

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace plumbline {
namespace {

std::string gigabytes(double bytes_per_s)
{
    return fmt::format("{:.1f}", bytes_per_s / giga);
}

/// "1x8 H100, 1 GiB, in place".
Sentence conditions_said(const PublishedValue& value)
{
    return value.in_place ? say("{}, {}", conditions_of(value), say("in place")) : Sentence(conditions_of(value));
}

std::string what_of(const PublishedValue& value)
{
    return value.op.empty() ? fmt::format("{} {}", value.pattern, value.dtype)
                            : fmt::format("{} {} {}", value.pattern, value.dtype, value.op);
}

}  // namespace

Sentence published_said(const PublishedValue& value)
{
    const auto bound = bound_of(value);
    return say("{} GB/s {} ({}), {}; bound {}; {}, {}", gigabytes(value.busbw_bytes_per_s), what_of(value),
               conditions_said(value),
               value.kind == PublishedKind::measured ? say("measured") : say("threshold of an operator"),
               bound.seconds ? gigabytes(counted_bytes(value) / *bound.seconds) : "-", value.source, value.date);
}

std::string reference_text(const PublishedValue& value, const CaseSummary& measured, Language language)
{
    const CaseSummary row = with_point_value(measured);
    const double busbw = row.busbw_bytes_per_s.value_or(0);
    const auto share = [&](double of) { return fmt::format("{:.0f} %", 100 * busbw / of); };
    std::string text;
    const auto line = [&](std::string_view indent, const Sentence& sentence) {
        text += fmt::format("{}{}\n", indent, text::printable(in(language, sentence)));
    };
    const Sentence title = description(measured.header.what);
    const std::string published = gigabytes(value.busbw_bytes_per_s);
    const std::string of_published = share(value.busbw_bytes_per_s);
    const std::string conditions = conditions_of(value);
    line("", value.kind == PublishedKind::measured
                 ? say("{}: {} GB/s = {} of the published {} ({}, {})", title, gigabytes(busbw), of_published,
                       published, conditions, value.name)
                 : say("{}: {} GB/s = {} of the threshold {} ({}, {})", title, gigabytes(busbw), of_published,
                       published, conditions, value.name));
    if (const Attainable found = attainable_of(value); found.seconds) {
        const double attainable = counted_bytes(value) / *found.seconds;
        line("  ", say("{} of attainable: {} by {} over its links ({})", share(attainable), gigabytes(attainable),
                       word(info(found.algorithm).said), word(value.links_source)));
    }
    if (const Ideal bound = bound_of(value); bound.seconds) {
        const double most = counted_bytes(value) / *bound.seconds;
        line("  ", say("{} of the physical bound {} ({})", share(most), gigabytes(most), word(name(bound.limit))));
    }
    line("  ", say("published: {}; {}; library: {}; {}", value.source, value.date, word(value.library),
                   word(value.statistic)));
    if (!value.note.empty()) {
        line("  ", word(value.note));
    }
    return text;
}

}  // namespace plumbline
