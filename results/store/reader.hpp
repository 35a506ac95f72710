// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/hdf5/contents.hpp"
#include "results/hdf5/inspection.hpp"
#include "results/layout/contradiction.hpp"
#include "results/layout/rounds.hpp"
#include "results/records/case_record.hpp"
#include "results/records/case_summary.hpp"
#include "results/records/machine_state.hpp"
#include "results/records/run_data.hpp"
#include "results/records/run_metadata.hpp"
#include "results/summaries/round_digest.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace plumbline {

struct ToldSoak;

/// What numbers are recomputed from.
enum class Evidence : std::uint8_t {
    digests,  ///< of a complete file, where a round has one; the manifest vouches for it
    samples,
};

/// A run file that is open, its parts while it is unfinished, and what its samples say: the inside of RunFile.
/// Everything throws ConfigError for a file that can't be read or holds what no run file does.
class RunReader {
public:
    using RoundKey = std::pair<int, int>;  ///< case, round

    /// Looks at everything that is in the file before any of it is read (inspect()), then reads all but the rounds.
    explicit RunReader(const std::filesystem::path& path, Evidence evidence = Evidence::digests);

    const std::filesystem::path& path() const { return path_; }
    hid_t file() const { return file_.get(); }
    const RunMetadata& info() const { return info_; }
    bool complete() const { return complete_; }
    const MachineStates& states() const { return states_; }
    /// Null where the run is of no soak.
    std::shared_ptr<const Soak> soak() const;
    /// Of its journal; empty where the run is of no soak.
    std::string soak_journal() const;
    const hdf5::Inspection& inspection() const { return inspection_; }
    /// The rows as the file has them, by id.
    const std::vector<CaseSummary>& stored_rows() const { return rows_; }
    const CaseHeader& header(int id) const;

    const std::set<RoundKey>& rounds() const;
    std::vector<RoundKey> rounds_of(int id) const;
    std::vector<int> world_ranks(int id) const;
    std::vector<int> states_of(int id) const;
    CaseRecord load(int id) const;
    /// The case with reduced() rounds, and all that is known of them beside links.
    CaseRecord load_reduced(int id) const;
    /// Of all rounds of a case; nothing where one has none, or where they are no evidence.
    std::optional<std::vector<RoundDigest>> digests(int id) const;
    /// Rounds of an unfinished file that can't be read whole, and why. Reads everything.
    std::map<RoundKey, std::string> unreadable_rounds() const;
    /// The rounds that the case's numbers are made of, reduced(); kept once it was read.
    CaseRecord reduced_record(int id) const;
    /// The row of a case as its samples make it.
    CaseSummary recomputed(int id) const;
    /// What the file's summary and machine states say and its samples don't, of the rows of `recomputed`.
    std::vector<Contradiction> contradictions(const std::map<int, CaseSummary>& recomputed) const;

    /// read(file) with the file, or the part, that holds the object at `link`.
    template <class Read>
    auto at(const std::string& link, Read read) const
    {
        std::optional<std::invoke_result_t<Read, hid_t>> value;
        visit(link, [&](hid_t in) { value = read(in); });
        return std::move(*value);
    }
    /// Parts that links of an unfinished file lead to, by the link.
    const std::map<std::string, std::string>& parts() const { return parts_; }
    /// The part that `link` leads to. Throws hdf5::Error, ConfigError where it is missing.
    hdf5::Id open_part(const std::string& link) const;

private:
    void visit(const std::string& link, const std::function<void(hid_t)>& read) const;
    std::string why_unreadable(const RoundKey& key) const;
    void check_links();
    void check_rows() const;
    void check_ranks(const CaseHeader& header, std::span<const int> ranks) const;
    [[noreturn]] void unreadable(const std::string& link, const std::string& reason) const;
    Round read_checked(hid_t file, const CaseHeader& header, const RoundKey& key, layout::Extent extent) const;
    const std::vector<Round>& reduced_rounds(int id) const;
    std::optional<RoundDigest> read_digest_checked(hid_t file, const CaseHeader& header, const RoundKey& key) const;
    Round read_reduced(hid_t file, const CaseHeader& header, const RoundKey& key) const;
    std::vector<Contradiction> state_contradictions() const;
    void read_soak();
    std::vector<Contradiction> soak_contradictions() const;

    std::filesystem::path path_;
    Evidence evidence_;
    hdf5::Id file_;
    RunMetadata info_;
    bool complete_ = false;
    hdf5::Inspection inspection_;
    std::map<std::string, std::string> parts_;
    std::vector<CaseSummary> rows_;
    MachineStates states_;
    std::shared_ptr<const ToldSoak> told_;  ///< null where the run is of no soak
    std::vector<RoundKey> state_rounds_;    ///< those that states_.of_round is about
    std::map<RoundKey, int> state_of_;
    mutable std::optional<std::set<RoundKey>> rounds_;
    mutable std::map<int, std::vector<Round>> reduced_;
    mutable std::vector<RoundKey> wrong_digests_;  ///< of rounds that were read, where samples are the evidence
};

/// What of a file is held against its manifest.
enum class ManifestScope : std::uint8_t {
    everything,
    but_samples,  ///< all but the rounds, digests among the rest: kilobytes a case
};

/// What of the file, and of `everything` of its parts too, isn't what its manifest vouches for.
std::vector<Contradiction> manifest_contradictions(const RunReader& reader, ManifestScope scope);

/// The same of a part by itself, which a whole file is to be made of. Throws hdf5::Error.
std::vector<Contradiction> part_contradictions(hid_t part);
/// Throws hdf5::Error where there is any.
void require_own_manifest(hid_t part);

/// What judging and scaling tables need of the cases of `rows`; refers to the reader.
RunData run_data(const RunReader& reader, std::vector<CaseSummary> rows);

}  // namespace plumbline
