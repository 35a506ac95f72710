// SPDX-License-Identifier: Apache-2.0
#include "results/printers/verify.hpp"

#include "results/util/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <ostream>

namespace plumbline {
namespace {

using text::pluralize;
using text::printable;

/// What was checked besides the hashes.
std::string against(const VerifiedRun& verified)
{
    return fmt::format("{}, {} and {} recomputed", pluralize(verified.cases, "row"),
                       pluralize(verified.samples, "sample"), pluralize(verified.scaling_rows, "scaling row"));
}

}  // namespace

void verify_text(std::ostream& out, const std::string& file, const VerifiedRun& verified)
{
    const char* const unfinished = verified.complete ? "" : " (unfinished)";
    if (!verified.holds()) {
        for (const Contradiction& each : verified.contradictions) {
            out << printable(describe(each)) << '\n';
        }
        out << printable(fmt::format("{}{} does not hold: {}", file, unfinished,
                                     pluralize(verified.contradictions.size(), "contradiction")))
            << '\n';
        return;
    }
    const std::string hashes =
        verified.objects > 0
            ? fmt::format("{} hashed, content {}", pluralize(verified.objects, "object"), verified.content_sha256)
            : fmt::format("no hashes: schema {} has none", verified.schema);
    out << printable(fmt::format("{}{} holds: {}, {}; {}", file, unfinished, pluralize(verified.cases, "case"),
                                 against(verified), hashes))
        << '\n';
}

void verify_json(std::ostream& out, const std::string& file, const VerifiedRun& verified)
{
    auto contradictions = nlohmann::ordered_json::array();
    for (const Contradiction& each : verified.contradictions) {
        contradictions.push_back({{"where", printable(each.where)},
                                  {"field", printable(each.field)},
                                  {"stored", printable(each.stored)},
                                  {"recomputed", printable(each.recomputed)}});
    }
    const nlohmann::ordered_json all{{"file", printable(file)},
                                     {"holds", verified.holds()},
                                     {"schema", verified.schema},
                                     {"complete", verified.complete},
                                     {"cases", verified.cases},
                                     {"rounds", verified.rounds},
                                     {"samples", verified.samples},
                                     {"scaling_rows", verified.scaling_rows},
                                     {"hashed_objects", verified.objects},
                                     {"content_sha256", printable(verified.content_sha256)},
                                     {"contradictions", std::move(contradictions)}};
    out << all.dump(2) << '\n';
}

}  // namespace plumbline
