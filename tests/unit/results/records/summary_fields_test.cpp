// SPDX-License-Identifier: Apache-2.0
#include "results/records/summary_fields.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace plumbline {
namespace {

using Json = nlohmann::ordered_json;

const std::filesystem::path root = PLUMBLINE_SOURCE_DIR;

std::string read(const std::filesystem::path& path)
{
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// `document` with its part [begin, end) as it should be; PLUMBLINE_REGENERATE=1 accepts the change.
void expect_part(const std::string& file, const std::string& heading, const std::string& expected)
{
    std::string text = read(root / file);
    const auto begin = text.find("\n| ", text.find(heading)) + 1;
    const auto end = text.find("\n\n", begin) + 1;
    ASSERT_LT(begin, end) << file << " has no table below " << heading;
    if (std::getenv("PLUMBLINE_REGENERATE") != nullptr) {
        text.replace(begin, end - begin, expected);
        std::ofstream(root / file) << text;
        return;
    }
    EXPECT_EQ(text.substr(begin, end - begin), expected) << "PLUMBLINE_REGENERATE=1 accepts the change";
}

std::string line_of(const SummaryField& field)
{
    return fmt::format("| `{}` | {} | {} |\n", field.name, field.unit, field.description);
}

TEST(SummaryFields, the_reference_has_a_line_for_each_column_of_the_summary)
{
    std::string table = "| field | unit | meaning |\n| --- | --- | --- |\n";
    for (const SummaryField& field : summary_fields()) {
        table += field.stored == Stored::no ? "" : line_of(field);
    }
    expect_part("docs/reference/run-file.md", "\n## `/summary`", table);
}

TEST(SummaryFields, the_reference_has_a_line_for_each_key_of_a_case_header)
{
    std::string table = "| key | unit | meaning |\n| --- | --- | --- |\n";
    for (const SummaryField& field : header_fields()) {
        table += line_of(field);
    }
    expect_part("docs/reference/run-file.md", "\nAttribute `header`", table);
}

/// The JSON schema's type of a value; `present`: of an estimate that can't be absent.
Json schema_of(const FieldValue& value, bool present)
{
    struct Types {
        bool present;
        Json operator()(const std::optional<double>&) const
        {
            return {{"type", present ? Json("number") : Json{"null", "number"}}};
        }
        Json operator()(bool) const { return {{"type", "boolean"}}; }
        Json operator()(std::int64_t) const { return {{"type", "integer"}}; }
        Json operator()(std::uint64_t) const { return {{"type", "integer"}}; }
        Json operator()(const std::string&) const { return {{"type", "string"}}; }
        Json operator()(const std::map<std::string, std::string>&) const
        {
            return {{"type", "object"}, {"additionalProperties", {{"type", "string"}}}};
        }
    };
    return std::visit(Types{present}, value);
}

TEST(SummaryFields, the_schema_of_show_has_each_field_with_its_type)
{
    const auto path = root / "results/schemas/show.json";
    Json schema = Json::parse(read(path));
    Json properties = Json::object();
    Json required = Json::array();
    for (const SummaryField* field : shown_fields()) {
        const std::string name(shown_name(*field));
        const bool present = std::holds_alternative<double CaseSummary::*>(field->member);
        properties[name] = field->name == "status" ? Json{{"enum", {"measured", "skipped", "failed"}}}
                                                   : schema_of(value_of(*field, CaseSummary{}), present);
        required.push_back(name);
    }
    Json& items = schema["properties"]["cases"]["items"];
    if (std::getenv("PLUMBLINE_REGENERATE") != nullptr) {
        items["properties"] = properties;
        items["required"] = required;
        std::ofstream(path) << schema.dump(1) << '\n';
        return;
    }
    EXPECT_EQ(items["properties"], properties) << "PLUMBLINE_REGENERATE=1 accepts the change";
    EXPECT_EQ(items["required"], required);
}

TEST(SummaryFields, no_two_have_one_name_and_each_is_shown_once)
{
    std::set<std::string_view> names;
    for (const SummaryField& field : summary_fields()) {
        EXPECT_TRUE(names.insert(field.name).second) << field.name;
        EXPECT_EQ(&summary_field(field.name), &field);
    }
    std::set<std::string_view> shown;
    for (const SummaryField* field : shown_fields()) {
        EXPECT_TRUE(shown.insert(shown_name(*field)).second) << field->name;
    }
    EXPECT_EQ(shown.size(), names.size());
    EXPECT_THROW(summary_field("ghost"), std::logic_error);
}

TEST(SummaryFields, the_identity_is_all_that_was_asked_and_the_header_begins_with_the_id)
{
    std::vector<std::string_view> identity;
    for (const SummaryField& field : identity_fields()) {
        identity.push_back(field.name);
    }
    EXPECT_THAT(identity, testing::ElementsAre("pattern", "bytes", "dtype", "op", "in_place", "root", "ranks", "nodes",
                                               "placement", "subset", "parameters"));
    EXPECT_EQ(header_fields().front().name, "id");
    EXPECT_EQ(header_fields().back().name, "pairs_across_nodes");
}

TEST(SummaryFields, values_come_from_the_members_and_bandwidths_are_shown_in_gigabytes)
{
    CaseSummary row;
    row.header.id = 7;
    row.header.what.pattern = "allreduce";
    row.header.what.bytes = 1'000'000;
    row.header.what.op = ReduceOp::max;
    row.header.what.in_place = true;
    row.header.status = CaseStatus::failed;
    row.samples = 12;
    row.machine_state = -1;
    row.busbw_bytes_per_s = 2.5e9;
    row.header.reported = ImportedValue{.time_s = 0.5, .estimator = "mean"};
    const auto value = [&](std::string_view name) { return value_of(summary_field(name), row); };
    EXPECT_EQ(value("id"), FieldValue(std::int64_t{7}));
    EXPECT_EQ(value("pattern"), FieldValue(std::string("allreduce")));
    EXPECT_EQ(value("bytes"), FieldValue(std::uint64_t{1'000'000}));
    EXPECT_EQ(value("op"), FieldValue(std::string("max")));
    EXPECT_EQ(value("in_place"), FieldValue(true));
    EXPECT_EQ(value("status"), FieldValue(std::string("failed")));
    EXPECT_EQ(value("samples"), FieldValue(std::uint64_t{12}));
    EXPECT_EQ(value("machine_state"), FieldValue(std::int64_t{-1}));
    EXPECT_EQ(value("median_s"), FieldValue(std::optional<double>()));
    EXPECT_EQ(value("busbw_bytes_per_s"), FieldValue(std::optional(2.5e9)));
    EXPECT_EQ(shown_value(summary_field("busbw_bytes_per_s"), row), FieldValue(std::optional(2.5)));
    EXPECT_EQ(shown_name(summary_field("busbw_bytes_per_s")), "busbw_GBps");
    EXPECT_EQ(value("reported_s"), FieldValue(std::optional(0.5)));
    EXPECT_EQ(value("reported_estimator"), FieldValue(std::string("mean")));
}

}  // namespace
}  // namespace plumbline
