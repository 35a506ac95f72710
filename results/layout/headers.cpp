// SPDX-License-Identifier: Apache-2.0
#include "results/layout/headers.hpp"

#include "results/hdf5/former_names.hpp"
#include "results/layout/layout.hpp"
#include "results/records/codec.hpp"
#include "results/records/summary_fields.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <span>
#include <string>
#include <vector>

/// What a case is, as JSON: an attribute of its group, and all of them once more in one dataset.
namespace plumbline::layout {
namespace {

using hdf5::Error;
using nlohmann::json;

constexpr const char* headers_path = "/headers";

std::string header_text(const CaseHeader& header)
{
    return header_json(header).dump(-1, ' ', false, json::error_handler_t::replace);
}

json with_present_keys(json object)
{
    for (const SummaryField& field : header_fields()) {
        const std::string name(field.name);
        const std::string former(hdf5::former_name(hdf5::Naming::header_key, name));
        if (!former.empty() && object.is_object() && !object.contains(name) && object.contains(former)) {
            object[name] = object[former];
        }
    }
    return object;
}

CaseHeader parse_header(const std::string& text, int id, const std::string& where)
{
    try {
        CaseHeader header = header_from(with_present_keys(json::parse(text)));
        if (header.id != id) {
            throw Error(say("{} holds the header of case {} for case {}", where, header.id, id));
        }
        return header;
    } catch (const DecodeError& error) {
        throw Error(error.said());
    } catch (const json::exception&) {
        throw Error(say("{} has a header that can't be understood", where));
    }
}

}  // namespace

void write_header(hdf5::Contents& file, const CaseHeader& header)
{
    const hdf5::Id group = hdf5::create_group(file, case_path(header.id));
    hdf5::write_attribute(group.get(), "header", header_text(header));
}

CaseHeader read_header(hid_t file, int id)
{
    const hdf5::Id group = hdf5::open_group(file, case_path(id));
    return parse_header(hdf5::read_text_attribute(group.get(), "header"), id, case_path(id));
}

void write_headers(hdf5::Contents& file, std::span<const CaseSummary> cases)
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
        throw Error(say("{} has {} rows for {} cases", headers_path, texts.size(), ids.size()));
    }
    for (std::size_t i = 0; i < ids.size(); ++i) {
        headers.push_back(parse_header(texts[i], ids[i], headers_path));
    }
    return headers;
}

void write_world_ranks(hdf5::Contents& file, const CaseHeader& header)
{
    const std::vector<std::int32_t> ranks(header.world_ranks.begin(), header.world_ranks.end());
    const std::size_t count = ranks.size();
    hdf5::write_array<std::int32_t>(file, world_ranks_path(header.id), ranks, {&count, 1},
                                    {"1", "rank in the launch of each column of the samples [rank]"});
}

std::vector<int> read_world_ranks(hid_t file, int id)
{
    const auto ranks = hdf5::read_array<std::int32_t>(file, world_ranks_path(id), 1).values;
    return {ranks.begin(), ranks.end()};
}

}  // namespace plumbline::layout
