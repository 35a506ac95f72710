// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/case_summary.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// The one list of the fields of a result row. The file's columns, the keys of JSON, the columns of CSV, the page's
/// data and the tables of docs/reference/run-file.md are made from it. The header of a case is read and written by it.
/// docs/how-to/add-a-column.md says how to add a field.
namespace plumbline {

/// The value of one field. An absent number is nothing.
using FieldValue = std::variant<std::optional<double>, bool, std::int64_t, std::uint64_t, std::string,
                                std::map<std::string, std::string>>;

/// Where the value of a field lies: in the identity, in the header, in the summary, or nowhere (computed).
using FieldMember =
    std::variant<std::string CaseIdentity::*, std::uint64_t CaseIdentity::*, DataType CaseIdentity::*,
                 ReduceOp CaseIdentity::*, bool CaseIdentity::*, int CaseIdentity::*, Placement CaseIdentity::*,
                 std::map<std::string, std::string> CaseIdentity::*,  //
                 int CaseHeader::*, CaseStatus CaseHeader::*, std::string CaseHeader::*, std::uint64_t CaseHeader::*,
                 std::optional<double> CaseHeader::*, Verification CaseHeader::*, Sentence CaseHeader::*,  //
                 std::optional<double> CaseSummary::*, double CaseSummary::*, int CaseSummary::*,
                 std::size_t CaseSummary::*, std::string CaseSummary::*,  //
                 FieldValue (*)(const CaseSummary&)>;

/// Whether the table /summary has the field as a column.
enum class Stored : std::uint8_t {
    no,
    always,   ///< in every file: one without it is damaged
    present,  ///< in newer files: those from before the field lack it
};

struct SummaryField {
    std::string_view name;  ///< of the column in the file; of the key in JSON and of the column in CSV unless `shown`
    std::string_view unit;  ///< "s", "B", "B/s", "1/s", "1" (a number, a count or a flag), "none" (text)
    FieldMember member;
    std::string_view description;  ///< one line of docs/reference/run-file.md
    Stored stored = Stored::present;
    std::string_view shown = {};  ///< name in JSON and CSV where it is another
    double shown_unit = 1;        ///< of the number there: 1e9 for GB/s
    int least = 0;                ///< smallest valid value of an integer that is read from a file
};

/// All fields in the order of the file's columns.
std::span<const SummaryField> summary_fields();
/// The members of CaseIdentity, which make two cases the same measurement.
std::span<const SummaryField> identity_fields();
/// The members of CaseHeader: the id, the identity and what is known of the case as a whole.
std::span<const SummaryField> header_fields();
/// Throws std::logic_error for a name that no field has.
const SummaryField& summary_field(std::string_view name);

/// All fields in the order of JSON and CSV: new ones come last.
std::vector<const SummaryField*> shown_fields();
std::string_view shown_name(const SummaryField& field);

FieldValue value_of(const SummaryField& field, const CaseSummary& row);
/// In the unit of JSON and CSV.
FieldValue shown_value(const SummaryField& field, const CaseSummary& row);

}  // namespace plumbline
