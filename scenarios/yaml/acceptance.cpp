// SPDX-License-Identifier: Apache-2.0
#include "scenarios/yaml/acceptance.hpp"

#include "scenarios/yaml/all_errors.hpp"
#include "scenarios/yaml/sections.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace plumbline {
namespace {

using Texts = std::pair<std::string_view, std::string Acceptance::*>;

constexpr std::array texts{Texts{"project", &Acceptance::project},
                           Texts{"contract", &Acceptance::contract},
                           Texts{"report_number", &Acceptance::report_number},
                           Texts{"version", &Acceptance::version},
                           Texts{"confidentiality", &Acceptance::confidentiality},
                           Texts{"tester", &Acceptance::tester},
                           Texts{"date", &Acceptance::date},
                           Texts{"scope", &Acceptance::scope}};
constexpr std::array parties{Texts{"client", &Acceptance::client}, Texts{"contractor", &Acceptance::contractor},
                             Texts{"tester", &Acceptance::test_party}, Texts{"witness", &Acceptance::witness}};
constexpr std::array<std::string_view, 12> keys{"project",         "contract", "report_number", "version",
                                                "confidentiality", "parties",  "tester",        "date",
                                                "basis",           "scope",    "clauses",       "deviations"};
constexpr std::array<std::string_view, 4> party_keys{"client", "contractor", "tester", "witness"};

template <std::size_t N>
void read_texts(const Field& field, const std::array<Texts, N>& rows, Acceptance& into)
{
    for (const auto& [key, member] : rows) {
        if (const auto found = field.find(key)) {
            into.*member = found->text();
        }
    }
}

std::vector<std::string> lines_of(const Field& field)
{
    std::vector<std::string> lines;
    for (const Field& line : field.one_or_more()) {
        lines.push_back(line.text());
    }
    return lines;
}

}  // namespace

Acceptance read_acceptance(const Field& field)
{
    field.expect_keys("acceptance", keys);
    Acceptance read;
    read_texts(field, texts, read);
    if (const auto named = field.find("parties")) {
        named->expect_keys("parties", party_keys);
        read_texts(*named, parties, read);
    }
    if (const auto basis = field.find("basis")) {
        read.basis = lines_of(*basis);
    }
    if (const auto deviations = field.find("deviations")) {
        read.deviations = lines_of(*deviations);
    }
    if (const auto clauses = field.find("clauses")) {
        for (const Field& clause : clauses->members()) {
            read.clauses[clause.key()] = clause.text();
        }
    }
    return read;
}

Acceptance parse_acceptance(const std::string& text, const std::string& origin)
{
    if (text.empty()) {
        return {};
    }
    const YamlNode root = parse_yaml(text, origin);
    const auto field = Field(root).find("acceptance");
    return field ? read_acceptance(*field) : Acceptance{};
}

std::string without_acceptance(const std::string& text)
{
    if (text.empty()) {
        return text;
    }
    YamlNode root = parse_yaml(text, "/scenario");
    const bool stated =
        std::erase_if(root.children, [](const YamlNode& child) { return child.key == "acceptance"; }) > 0;
    return stated ? emit_yaml(root) : text;
}

Acceptance load_acceptance(const std::filesystem::path& path)
{
    return read_or_say_all_errors(parse_yaml(read_yaml_file(path), path.string()), [](const Field& document) {
        const auto field = document.find("acceptance");
        return read_acceptance(field ? *field : document);
    });
}

}  // namespace plumbline
