// SPDX-License-Identifier: Apache-2.0
#include "results/records/codec.hpp"

#include "collectives/operations/types.hpp"
#include "results/texts/stored_sentence.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

namespace plumbline {
namespace {

using Json = nlohmann::json;

template <class E>
struct EnumText {
    std::string_view what;  ///< for messages
    std::optional<E> (*parse)(std::string_view);
};
template <class E>
constexpr EnumText<E> named;
template <>
constexpr EnumText<DataType> named<DataType>{"data type", parse_data_type};
template <>
constexpr EnumText<ReduceOp> named<ReduceOp>{"operation", parse_reduce_op};
template <>
constexpr EnumText<Placement> named<Placement>{"placement", parse_placement};
template <>
constexpr EnumText<CaseStatus> named<CaseStatus>{"status", parse_case_status};
template <>
constexpr EnumText<Verification> named<Verification>{"verification", parse_verification};

[[noreturn]] void impossible(std::string_view key)
{
    throw DecodeError(say("case header has an impossible '{}'", key));
}

void read(const Json& value, std::string_view key, int& into)
{
    if (!value.is_number_integer() || value < 0 || value > std::numeric_limits<int>::max()) {
        impossible(key);
    }
    into = value.get<int>();
}

void read(const Json& value, std::string_view key, std::uint64_t& into)
{
    if (!value.is_number_unsigned()) {
        impossible(key);
    }
    into = value.get<std::uint64_t>();
}

template <class T>
void read(const Json& value, [[maybe_unused]] std::string_view key, T& into)
{
    if constexpr (std::is_enum_v<T>) {
        const auto text = value.get<std::string>();
        const auto parsed = named<T>.parse(text);
        if (!parsed) {
            throw DecodeError(say("unknown {} '{}'", named<T>.what, text));
        }
        into = *parsed;
    } else if constexpr (std::same_as<T, Sentence>) {
        into = Sentence(value.get<std::string>());
    } else if constexpr (std::same_as<T, std::optional<double>>) {
        into = value.is_null() ? std::nullopt : std::optional(value.get<double>());
    } else {
        into = value.get<T>();
    }
}

/// The member of the header that a field names; null where the field is not one of a header.
template <class T>
T* in_header(CaseHeader& header, T CaseIdentity::* member)
{
    return &(header.what.*member);
}
template <class T>
T* in_header(CaseHeader& header, T CaseHeader::* member)
{
    return &(header.*member);
}
template <class Other>
std::nullptr_t in_header(CaseHeader&, Other)
{
    return nullptr;
}

Json optional_json(const auto& value)
{
    return value ? Json(*value) : Json(nullptr);
}

Json reported_json(const ImportedValue& reported)
{
    Json object{{"time_s", reported.time_s},
                {"estimator", reported.estimator},
                {"iterations", optional_json(reported.iterations)},
                {"fastest_rank_s", optional_json(reported.fastest_rank_s)},
                {"slowest_rank_s", optional_json(reported.slowest_rank_s)}};
    if (reported.chain) {  // files of earlier versions have none
        object["chain"] = *reported.chain;
    }
    return object;
}

ImportedValue reported_from(const Json& object)
{
    ImportedValue reported;
    read(object.at("time_s"), "time_s", reported.time_s);
    read(object.at("estimator"), "estimator", reported.estimator);
    if (const Json& iterations = object.at("iterations"); !iterations.is_null()) {
        read(iterations, "iterations", reported.iterations.emplace());
    }
    read(object.at("fastest_rank_s"), "fastest_rank_s", reported.fastest_rank_s);
    read(object.at("slowest_rank_s"), "slowest_rank_s", reported.slowest_rank_s);
    if (object.contains("chain")) {
        read(object.at("chain"), "chain", reported.chain.emplace());
    }
    return reported;
}

constexpr const char* reason_said = "reason_said";

/// `why` as code and values; null where it is a literal, or not what the file's English will be.
Json said_json(const Sentence& why)
{
    const std::string text = stored(why);
    const auto again = sentence_from(text);
    return again && again->is_key() && *again == why ? Json::parse(text) : Json(nullptr);
}

/// The sentence that a header has beside its English. Throws DecodeError where the two differ.
Sentence said_from(const Json& object, const Sentence& english)
{
    const auto said = sentence_from(object.dump());
    if (!said || *said != english) {
        throw DecodeError(say("case header has a reason that differs from its code and values"));
    }
    return *said;
}

}  // namespace

nlohmann::ordered_json value_json(const FieldValue& value)
{
    return std::visit(
        []<class T>(const T& v) -> nlohmann::ordered_json {
            if constexpr (std::same_as<T, std::optional<double>>) {
                return v && std::isfinite(*v) ? nlohmann::ordered_json(*v) : nlohmann::ordered_json(nullptr);
            } else {
                return v;
            }
        },
        value);
}

std::string header_json_text(const CaseHeader& header)
{
    return header_json(header).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

nlohmann::json header_json(const CaseHeader& header)
{
    CaseSummary row;
    row.header = header;
    Json object = Json::object();
    for (const SummaryField& field : header_fields()) {
        object[std::string(field.name)] = value_json(value_of(field, row));
    }
    if (Json said = said_json(header.why); !said.is_null()) {
        object[reason_said] = std::move(said);
    }
    object["closed_forms"] = header.closed_forms;
    if (header.reported) {
        object["reported"] = reported_json(*header.reported);
    }
    return object;
}

CaseHeader header_from(const nlohmann::json& object)
{
    CaseHeader header;
    for (const SummaryField& field : header_fields()) {
        const bool newer = field.stored == Stored::present || field.name == "wrong_elements";
        if (newer && !object.contains(std::string(field.name))) {
            continue;  // not in files from before
        }
        const Json& value = object.at(std::string(field.name));
        std::visit(
            [&](auto member) {
                if constexpr (!std::same_as<decltype(in_header(header, member)), std::nullptr_t>) {
                    read(value, field.name, *in_header(header, member));
                }
            },
            field.member);
    }
    if (const auto& share = header.pairs_across_nodes; share && !(*share >= 0 && *share <= 1)) {
        impossible("pairs_across_nodes");
    }
    if (object.contains(reason_said)) {  // missing in files from before it, and where the words are another suite's
        header.why = said_from(object.at(reason_said), header.why);
    }
    if (object.contains("closed_forms")) {  // missing in files from before the field
        header.closed_forms = object.at("closed_forms").get<std::map<std::string, double>>();
    }
    if (object.contains("reported")) {
        header.reported = reported_from(object.at("reported"));
    }
    return header;
}

}  // namespace plumbline
