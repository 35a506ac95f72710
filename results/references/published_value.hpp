// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/bounds/attainable.hpp"
#include "results/bounds/bound.hpp"
#include "results/records/case_identity.hpp"
#include "results/records/case_summary.hpp"
#include "results/records/links.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline {

/// What somebody published: a reference, never a measurement of this program.
enum class PublishedKind : std::uint8_t {
    measured,   ///< a value that was measured
    threshold,  ///< the least that an operator accepts
};
std::string_view name(PublishedKind kind);

/// A published bus bandwidth with everything that a fair comparison needs to know.
struct PublishedValue {
    std::string name;
    PublishedKind kind = PublishedKind::measured;
    double busbw_bytes_per_s = 0;
    std::string pattern, op;  ///< op empty where the operation reduces nothing
    std::string dtype;
    std::uint64_t bytes = 0;  ///< S
    bool in_place = false;
    int nodes = 1;
    int devices_per_node = 1;
    std::string device;  ///< "H100"; "host" for ranks on cores
    Links links;         ///< as stated by the source, or by the device's data sheet where `links_source` says so
    std::string links_source;
    std::string library;                          ///< with its version; "not stated"
    std::optional<AlgorithmReference> algorithm;  ///< where the source says it
    std::string statistic;                        ///< "mean of 20 iterations, out of place"
    std::string source;                           ///< a commit, a thread, a page; never empty
    std::string date;                             ///< YYYY-MM-DD, of the source
    std::string note;

    int ranks() const { return nodes * devices_per_node; }
};

/// "1x8 H100, 8 GiB".
std::string conditions_of(const PublishedValue& value);

/// Its case, as a run would have measured it.
CaseIdentity identity_of(const PublishedValue& value);
std::vector<int> nodes_of(const PublishedValue& value);

/// Over its own links. The time is S times the bus factor over the busbw.
Ideal bound_of(const PublishedValue& value);
/// Of the algorithm that it names, else of the best that is modelled.
Attainable attainable_of(const PublishedValue& value);
/// S times the bus factor: over a time, a busbw in bytes/s.
double counted_bytes(const PublishedValue& value);

/// In what a case is unlike the published one: "nodes: 2, published 1". Empty: they may be compared. `device`: of the
/// run, empty on hosts; nothing where it is not known, which is no difference.
std::vector<Sentence> differences(const PublishedValue& value, const CaseIdentity& what,
                                  const std::optional<std::string>& device);

/// A case of a run beside the published value.
struct ReferenceComparison {
    const CaseSummary* measured = nullptr;  ///< null: none is like it
    std::vector<Sentence> differences;      ///< of the case that is least unlike, where none is like it
};
/// The measured case of `cases` that is like it; a chained one before others, since that is how published values are
/// measured.
ReferenceComparison find_like(const PublishedValue& value, std::span<const CaseSummary> cases,
                              const std::optional<std::string>& device);

}  // namespace plumbline
