// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/case_identity.hpp"
#include "results/texts/language.hpp"
#include "results/util/text.hpp"

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline {

/// The columns that distinguish the cases of a table: pattern, size, whatever else differs, ranks.
class CaseColumns {
public:
    enum class Nodes : unsigned char {
        where_they_vary,
        where_ranks_do_not_tell,  ///< left out where each number of ranks has one number of nodes
    };
    CaseColumns(std::span<const CaseIdentity* const> cases, Nodes nodes);

    std::vector<text::Table::Column> columns() const;
    /// One for each column.
    std::vector<std::string> cells(const CaseIdentity& what, Language language) const;

private:
    struct Property {
        std::string_view title;
        std::function<std::string(const CaseIdentity&, Language)> of;
    };
    std::vector<Property> properties_;
};

}  // namespace plumbline
