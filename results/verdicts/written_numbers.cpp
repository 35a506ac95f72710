// SPDX-License-Identifier: Apache-2.0
#include "results/verdicts/written_numbers.hpp"

#include "results/records/metric.hpp"
#include "results/util/digits.hpp"
#include "results/util/text.hpp"
#include "results/verdicts/case_filter.hpp"
#include "results/verdicts/target_scale.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

namespace plumbline {

WrittenNumbers written_numbers(const Finding& finding)
{
    std::vector<double> numbers;
    const auto add = [&](std::optional<double> number) {
        if (number) {
            numbers.push_back(*number);
        }
    };
    const auto& interval = finding.value.interval;
    add(finding.value.estimate);
    if (interval) {
        add(interval->low);
        add(interval->high);
    }
    std::vector<double> limits;
    if (const auto bound = finding.at_least ? finding.at_least : finding.at_most) {
        limits.push_back(*bound);
    }
    const bool in_seconds = finding.metric && info(*finding.metric).unit == "s";
    const bool of_soak = finding.metric && info(*finding.metric).of_soak != MetricInfo::OfSoak::no;
    const auto notation = !in_seconds ? text::plain_number()
                          : of_soak   ? text::with_unit_of_time()
                                      : text::with_unit_of_s();
    const std::vector<std::string> texts = text::written_apart(numbers, limits, notation);
    WrittenNumbers written;
    std::size_t next = 0;
    if (finding.value.estimate) {
        written.estimate = texts[next++];
    }
    if (interval) {
        written.low = texts[next++];
        written.high = texts[next++];
    }
    return written;
}

namespace {

/// 6e-05 as "60 us": of times that are not as long as a soak's.
std::string time_bound_text(double bound_s)
{
    const auto [size, unit] = bound_s >= 1      ? std::pair(0.0, "")
                              : bound_s >= 1e-3 ? std::pair(1e3, "ms")
                              : bound_s >= 1e-6 ? std::pair(1e6, "us")
                                                : std::pair(1e9, "ns");
    return size == 0 ? text::duration_in_full(bound_s) : fmt::format("{:.10g} {}", bound_s * size, unit);
}

/// The bound behind its sign, with its unit.
Sentence bound_with_unit(const Finding& finding, std::string_view number)
{
    const std::string plain = text::printable(number);
    if (!finding.metric) {
        return plain;
    }
    const MetricInfo& metric = info(*finding.metric);
    if (metric.unit == "s") {
        const auto bound_s = finding.at_least ? finding.at_least : finding.at_most;
        return bound_s ? Sentence(time_bound_text(*bound_s)) : say("{} {}", plain, word(metric.unit));
    }
    if (const auto limit = finding.at_most; limit && metric.range == MetricRange::count) {
        const auto count = static_cast<long long>(*limit);
        return metric.unit == "cases"      ? count_said(count, "{} case", "{} cases")
               : metric.unit == "elements" ? count_said(count, "{} element", "{} elements")
                                           : Sentence(plain);
    }
    return metric.unit == "1" ? Sentence(plain) : say("{} {}", plain, word(metric.unit));
}

}  // namespace

Sentence bound_said(const Finding& finding)
{
    const std::string_view bound = finding.bound;
    return bound.starts_with(">= ")   ? say(">= {}", bound_with_unit(finding, bound.substr(3)))
           : bound.starts_with("<= ") ? say("<= {}", bound_with_unit(finding, bound.substr(3)))
                                      : Sentence(text::printable(bound));
}

Sentence measured_text(const Finding& finding)
{
    if (!finding.metric) {
        return "";
    }
    const MetricInfo& metric = info(*finding.metric);
    const WrittenNumbers written = written_numbers(finding);
    Sentence text = word(metric.name);
    if (!written.estimate.empty()) {
        text = say("{} {}", text, written.estimate);
    }
    if (!written.low.empty()) {
        text = say("{} [{}, {}]", text, written.low, written.high);
    }
    if (finding.bound.empty()) {
        return text;
    }
    const std::string_view bound = finding.bound;
    return bound.starts_with(">= ")   ? say("{} >= {}", text, bound_with_unit(finding, bound.substr(3)))
           : bound.starts_with("<= ") ? say("{} <= {}", text, bound_with_unit(finding, bound.substr(3)))
                                      : say("{} {}", text, bound_said(finding));
}

namespace {

Sentence target_scale_said(const ScaleRef& scale)
{
    return scale.count                      ? scale_text(scale)
           : scale.unit == ScaleUnit::ranks ? say("the most ranks")
                                            : say("the most nodes");
}

}  // namespace

std::string bound_text(const Target& target)
{
    constexpr double percent = 100;
    const MetricInfo& metric = info(target.metric);
    const double bound = target.at_least.value_or(target.at_most.value_or(0));
    if (metric.unit == "s") {
        return time_bound_text(bound);
    }
    return metric.range == MetricRange::share    ? fmt::format("{:.10g} %", bound * percent)
           : metric.range == MetricRange::factor ? text::written_in_full(bound) + " times"
           : metric.unit == "1"                  ? text::written_in_full(bound)
                                                 : fmt::format("{} {}", text::written_in_full(bound), metric.unit);
}

Sentence target_text(const Target& target)
{
    if (target.metric == Metric::unmeasured) {
        return say("not measured: {}", verbatim(text::printable(target.unmeasured)));
    }
    const std::string bound = bound_text(target);
    Sentence said = say("{} {}", info(target.metric).name, target.at_least ? say(">= {}", bound) : say("<= {}", bound));
    if (target.algorithm != AlgorithmReference()) {
        said = say("{}, algorithm {}", said, word(text_of(target.algorithm)));
    }
    if (target.quantile) {
        said = say("{}, quantile {}", said, text::written_in_full(*target.quantile));
    }
    if (target.confidence) {
        said = say("{}, confidence {}", said, text::written_in_full(*target.confidence));
    }
    if (!target.where.empty() || target.bytes) {
        said = say("{} of {}", said, describe_where(target));
    }
    if (target.at) {
        said = say("{}, at {}", said, target_scale_said(*target.at));
    }
    if (target.base) {
        said = say("{}, base {}", said, target_scale_said(*target.base));
    }
    if (target.across_fabrics) {
        said = say("{}, across fabrics", said);
    }
    return said;
}

}  // namespace plumbline
