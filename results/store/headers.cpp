#include "results/store/layout.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <limits>
#include <map>
#include <optional>
#include <string_view>

/// What a case is, as JSON: an attribute of its group, and all of them once more in one dataset.
namespace plumbline::layout {
namespace {

using hdf5::Error;
using nlohmann::json;

template <class E>
E known(std::optional<E> value, std::string_view what, const std::string& text)
{
    if (!value) {
        throw Error(fmt::format("unknown {} '{}'", what, text));
    }
    return *value;
}

json to_json(const std::optional<double>& value)
{
    return value ? json(*value) : json(nullptr);
}

json to_json(const ImportedValue& reported)
{
    return {{"time_s", reported.time_s},
            {"estimator", reported.estimator},
            {"iterations", reported.iterations ? json(*reported.iterations) : json(nullptr)},
            {"fastest_rank_s", to_json(reported.fastest_rank_s)},
            {"slowest_rank_s", to_json(reported.slowest_rank_s)}};
}

json to_json(const CaseHeader& header)
{
    const CaseIdentity& what = header.what;
    json object = {{"id", header.id},
                   {"pattern", what.pattern},
                   {"bytes", what.bytes},
                   {"dtype", name(what.dtype)},
                   {"op", name(what.op)},
                   {"in_place", what.in_place},
                   {"root", what.root},
                   {"ranks", what.ranks},
                   {"nodes", what.nodes},
                   {"placement", name(what.placement)},
                   {"subset", what.subset},
                   {"parameters", what.parameters},
                   {"status", name(header.status)},
                   {"why", header.why},
                   {"total_bytes", header.total_bytes},
                   {"bus_factor", header.bus_factor ? json(*header.bus_factor) : json(nullptr)},
                   {"closed_forms", header.closed_forms},
                   {"coverage", name(header.verification)},
                   {"coverage_note", header.verification_note}};
    if (header.reported) {
        object["reported"] = to_json(*header.reported);
    }
    return object;
}

int count_in(const json& object, const char* key)
{
    const json& value = object.at(key);
    if (!value.is_number_integer() || value < 0 || value > std::numeric_limits<int>::max()) {
        throw Error(fmt::format("case header has an impossible '{}'", key));
    }
    return value.get<int>();
}

std::uint64_t bytes_in(const json& object, const char* key)
{
    const json& value = object.at(key);
    if (!value.is_number_unsigned()) {
        throw Error(fmt::format("case header has an impossible '{}'", key));
    }
    return value.get<std::uint64_t>();
}

std::optional<double> optional_number_in(const json& object, const char* key)
{
    const json& value = object.at(key);
    return value.is_null() ? std::nullopt : std::optional(value.get<double>());
}

ImportedValue reported_from(const json& object)
{
    ImportedValue reported;
    reported.time_s = object.at("time_s").get<double>();
    reported.estimator = object.at("estimator").get<std::string>();
    if (!object.at("iterations").is_null()) {
        reported.iterations = count_in(object, "iterations");
    }
    reported.fastest_rank_s = optional_number_in(object, "fastest_rank_s");
    reported.slowest_rank_s = optional_number_in(object, "slowest_rank_s");
    return reported;
}

CaseHeader header_from(const json& object)
{
    const auto text = [&](const char* key) { return object.at(key).get<std::string>(); };
    CaseHeader header;
    header.id = count_in(object, "id");
    header.what.pattern = text("pattern");
    header.what.bytes = bytes_in(object, "bytes");
    header.what.dtype = known(parse_data_type(text("dtype")), "data type", text("dtype"));
    header.what.op = known(parse_reduce_op(text("op")), "operation", text("op"));
    header.what.in_place = object.at("in_place").get<bool>();
    header.what.root = count_in(object, "root");
    header.what.ranks = count_in(object, "ranks");
    header.what.nodes = count_in(object, "nodes");
    header.what.placement = known(parse_placement(text("placement")), "placement", text("placement"));
    header.what.subset = count_in(object, "subset");
    header.what.parameters = object.at("parameters").get<std::map<std::string, std::string>>();
    header.status = known(parse_case_status(text("status")), "status", text("status"));
    header.why = text("why");
    header.total_bytes = bytes_in(object, "total_bytes");
    if (!object.at("bus_factor").is_null()) {
        header.bus_factor = object.at("bus_factor").get<double>();
    }
    if (object.contains("closed_forms")) {  // not in files from before
        header.closed_forms = object.at("closed_forms").get<std::map<std::string, double>>();
    }
    header.verification = known(parse_verification(text("coverage")), "coverage", text("coverage"));
    header.verification_note = text("coverage_note");
    if (object.contains("reported")) {
        header.reported = reported_from(object.at("reported"));
    }
    return header;
}

constexpr const char* headers_path = "/headers";

std::string header_text(const CaseHeader& header)
{
    return to_json(header).dump(-1, ' ', false, json::error_handler_t::replace);
}

CaseHeader parse_header(const std::string& text, int id, const std::string& where)
{
    try {
        CaseHeader header = header_from(json::parse(text));
        if (header.id != id) {
            throw Error(fmt::format("{} holds the header of case {} for case {}", where, header.id, id));
        }
        return header;
    } catch (const json::exception&) {
        throw Error(where + " has a header that can't be understood");
    }
}

}  // namespace

void write_header(hid_t file, const CaseHeader& header)
{
    const hdf5::Id group = hdf5::create_group(file, case_path(header.id));
    hdf5::write_attribute(group.get(), "header", header_text(header));
}

CaseHeader read_header(hid_t file, int id)
{
    const hdf5::Id group = hdf5::open_group(file, case_path(id));
    return parse_header(hdf5::read_text_attribute(group.get(), "header"), id, case_path(id));
}

void write_headers(hid_t file, std::span<const CaseSummary> cases)
{
    std::vector<std::string> texts;
    texts.reserve(cases.size());
    for (const CaseSummary& row : cases) {
        texts.push_back(header_text(row.header));
    }
    hdf5::write_texts(file, headers_path, texts, {"none", "attribute header of each case, in the order of /summary"});
}

std::vector<CaseHeader> read_headers(hid_t file, std::span<const int> ids)
{
    std::vector<CaseHeader> headers;
    headers.reserve(ids.size());
    if (!hdf5::exists(file, headers_path)) {
        for (const int id : ids) {
            headers.push_back(read_header(file, id));
        }
        return headers;
    }
    const auto texts = hdf5::read_texts(file, headers_path);
    if (texts.size() != ids.size()) {
        throw Error(fmt::format("{} has {} rows for {} cases", headers_path, texts.size(), ids.size()));
    }
    for (std::size_t i = 0; i < ids.size(); ++i) {
        headers.push_back(parse_header(texts[i], ids[i], headers_path));
    }
    return headers;
}

}  // namespace plumbline::layout
