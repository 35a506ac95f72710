// SPDX-License-Identifier: Apache-2.0
#include "results/import/import.hpp"

#include "results/import/log_lines.hpp"
#include "results/import/log_reader.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace plumbline {
namespace {

struct Format {
    LogFormat format;
    std::string_view name;
    void (*read)(std::string_view log, import::Collector& into);
    std::vector<SuiteTest> (*tests)();
};

std::vector<SuiteTest> all_reduce_bench_suite()
{
    return {{.name = "the average bandwidth of all_reduce", .pattern = "allreduce", .note = "in place, float32"},
            {.name = "--profile_stability", .pattern = {}, .note = "its rows are single iterations, means over ranks"}};
}

std::vector<SuiteTest> table_suite()
{
    return {{.name = "a row", .pattern = "any operation", .note = "see [the table](import-table.md)"}};
}

void read_nccl(std::string_view log, import::Collector& into)
{
    const std::size_t first = log.find_first_not_of(" \t\r\n");
    if (!import::is_wrapped(log) && import::is_rccl_results(log)) {
        import::read_rccl_results(log, into);
        return;
    }
    const bool is_json = first != std::string_view::npos && log[first] == '{' && !import::is_wrapped(log);
    (is_json ? import::read_nccl_json : import::read_nccl_text)(log, into);
}

constexpr std::string_view rccl_tests = "rccl-tests";

constexpr std::array formats{
    Format{LogFormat::nccl_tests, "nccl-tests", read_nccl, import::nccl_suite},
    Format{LogFormat::osu, "osu", import::read_osu, import::osu_suite},
    Format{LogFormat::imb, "imb", import::read_imb, import::imb_suite},
    Format{LogFormat::hccl_test, "hccl_test", import::read_hccl, import::hccl_suite},
    Format{LogFormat::perftest, "perftest", import::read_perftest, import::perftest_suite},
    Format{LogFormat::all_reduce_bench, "all_reduce_bench", import::read_all_reduce_bench, all_reduce_bench_suite},
    Format{LogFormat::table, "table", import::read_table, table_suite}};
constexpr auto only_formats = [] {
    std::array<LogFormat, formats.size()> only{};
    std::transform(formats.begin(), formats.end(), only.begin(), [](const Format& row) { return row.format; });
    return only;
}();

}  // namespace

std::span<const LogFormat> all_log_formats()
{
    return only_formats;
}

std::string_view name(LogFormat format)
{
    return formats.at(static_cast<std::size_t>(format)).name;
}

std::vector<SuiteTest> suite_tests(LogFormat format)
{
    return formats.at(static_cast<std::size_t>(format)).tests();
}

std::vector<std::string_view> log_format_words()
{
    std::vector<std::string_view> words;
    for (const Format& row : formats) {
        words.push_back(row.name);
        if (row.format == LogFormat::nccl_tests) {
            words.push_back(rccl_tests);
        }
    }
    return words;
}

std::optional<LogFormat> parse_log_format(std::string_view text)
{
    if (text == rccl_tests) {
        return LogFormat::nccl_tests;
    }
    for (const Format& row : formats) {
        if (row.name == text) {
            return row.format;
        }
    }
    return std::nullopt;
}

ImportedLog import_log(LogFormat format, std::string_view text, const ImportHints& hints)
{
    import::Collector collector(hints);
    std::string buffer;
    formats.at(static_cast<std::size_t>(format)).read(import::in_utf8(text, buffer), collector);
    return std::move(collector).finish(format);
}

}  // namespace plumbline
