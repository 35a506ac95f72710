// SPDX-License-Identifier: Apache-2.0
#include "results/printers/log.hpp"

#include "results/util/json_number.hpp"
#include "results/util/text.hpp"

#include <nlohmann/json.hpp>

namespace plumbline {
namespace {

using Json = nlohmann::ordered_json;
using text::printable;

Json event(double time, const char* name)
{
    return {{"time", time}, {"event", name}};
}

}  // namespace

std::string log_message(double time, std::string_view line)
{
    constexpr std::string_view program = "plumbline: ";
    constexpr std::string_view warning = "warning: ";
    Json object = event(time, "message");
    const char* level = "info";
    if (line.starts_with(program)) {
        line.remove_prefix(program.size());
        level = "error";
        if (line.starts_with(warning)) {
            line.remove_prefix(warning.size());
            level = "warning";
        }
    }
    object["level"] = level;
    object["text"] = printable(line);
    return object.dump();
}

std::string log_begin(double time, const LoggedPlan& plan)
{
    Json object = event(time, "begin");
    object["rounds"] = plan.rounds;
    object["cases"] = plan.cases;
    object["bound_s"] = plan.bound_s;
    return object.dump();
}

std::string log_summary(double time, const LoggedProgress& progress)
{
    Json object = event(time, "summary");
    object["done"] = progress.done;
    object["rounds"] = progress.rounds;
    object["failed"] = progress.failed;
    object["elapsed_s"] = progress.elapsed_s;
    object["left_s"] = progress.left_s;
    object["most_left_s"] = progress.most_left_s;
    object["now"] = printable(progress.now);
    return object.dump();
}

std::string log_round(double time, const LoggedProgress& progress, const std::optional<CaseSummary>& row)
{
    Json object = event(time, "round");
    object["done"] = progress.done;
    object["rounds"] = progress.rounds;
    object["what"] = printable(progress.now);
    if (!row) {
        object["status"] = "kept";
        return object.dump();
    }
    object["case"] = row->header.id;
    object["status"] = name(row->header.status);
    object["why"] = printable(row->header.why.english());
    object["samples"] = row->samples;
    object["stop"] = printable(row->stop);
    object["median_s"] = json_number(row->median_s);
    object["ci_low_s"] = json_number(row->ci_low_s);
    object["ci_high_s"] = json_number(row->ci_high_s);
    return object.dump();
}

}  // namespace plumbline
