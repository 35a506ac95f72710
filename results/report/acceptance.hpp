// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

namespace plumbline {

/// What a customer expects of the document of an acceptance and no measurement tells. All texts are the author's own
/// words; an empty one is a blank line to write on.
struct Acceptance {
    // The "= {}" lets designated initialisers leave a member out (g++ warns).
    // NOLINTBEGIN(readability-redundant-member-init)
    std::string project = {};
    std::string contract = {};  ///< its number
    std::string report_number = {};
    std::string version = {};
    std::string confidentiality = {};
    std::string client = {};      ///< 委托方
    std::string contractor = {};  ///< 承建方
    std::string test_party = {};  ///< 测试方
    std::string witness = {};     ///< 见证方
    std::string tester = {};      ///< who tested, a person
    std::string date = {};
    std::string scope = {};
    std::vector<std::string> basis = {};              ///< standards and documents that the test follows
    std::map<std::string, std::string> clauses = {};  ///< of the contract, by the target's name
    std::vector<std::string> deviations = {};
    // NOLINTEND(readability-redundant-member-init)
    bool operator==(const Acceptance&) const = default;
};

/// `over` where it says something, else `base`.
Acceptance combined(Acceptance base, const Acceptance& over);

}  // namespace plumbline
