// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/case_record.hpp"
#include "results/records/case_summary.hpp"
#include "results/records/machine_state.hpp"
#include "results/records/result_sink.hpp"
#include "results/records/run_data.hpp"
#include "results/records/run_metadata.hpp"
#include "results/records/scaling_row.hpp"
#include "results/summaries/round_digest.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace plumbline {

enum class IfExists : std::uint8_t {
    refuse,     ///< ConfigError
    overwrite,  ///< --force: a run file; ConfigError for anything else, or where its parts folder holds something else
};

/// (Case id, round index) of rounds that can't be read, and why.
using DroppedRounds = std::map<std::pair<int, int>, std::string>;

/// How often the index of a file in progress is renewed.
enum class IndexPace : std::uint8_t {
    every_round,
    /// As often as takes a twentieth of the time. What was stored since is in the parts folder, and resume() takes it
    /// in.
    twentieth_of_time,
};

/// How a run file is written.
struct WriterOptions {
    // The "= {}" lets designated initialisers leave a member out (g++ warns).
    // NOLINTBEGIN(readability-redundant-member-init)
    IndexPace pace = IndexPace::every_round;
    /// Makes the rows of /scaling, such as scaling_table(); empty: the table has none.
    std::function<std::vector<ScalingRow>(const RunData&)> scaling = {};
    /// Where a line for people goes: the lock of a writer that is gone was taken over.
    std::function<void(const std::string&)> notice = {};
    /// Called again and again while storing or folding gets on: who watches must not take it for a hang.
    std::function<void()> went_on = {};
    /// write_run() alone: whole lines of a soak's journal, which the run is of; empty: it is of no soak.
    std::string_view soak_journal = {};
    // NOLINTEND(readability-redundant-member-init)
};

/// Writes a run file. While a run goes on, `path` is a small index whose rounds are external links into `path`.parts/,
/// replaced as a whole (write, fsync, rename) at the pace asked for; finish(true) folds everything into one file and
/// removes the parts. So at any moment `path` is a file that opens, and every finished round is in it or in the parts
/// (see docs/reference/run-file.md). One writer at a time: `path`.lock is held while it lives, and every way to get one
/// throws ConfigError where another process holds it.
class RunWriter final : public ResultSink {
public:
    /// A new file. Throws ConfigError when the folder is missing or not writable, or the file is there.
    static std::unique_ptr<RunWriter> create(const std::filesystem::path& path, const RunMetadata& info,
                                             IfExists if_exists, const WriterOptions& options = {});
    /// Goes on with an interrupted file; a complete one is left as it is until something is stored. Rounds of an
    /// interrupted one whose parts are damaged or missing are dropped: see dropped_rounds().
    /// Throws ConfigError when it isn't a run file, or the folder of its parts is missing.
    static std::unique_ptr<RunWriter> resume(const std::filesystem::path& path, const WriterOptions& options = {});
    /// Another launch for a complete file; its rounds are to be numbered on. Incomplete until finish(true).
    /// Throws ConfigError when it isn't a run file, or an interrupted one.
    static std::unique_ptr<RunWriter> append(const std::filesystem::path& path, const Launch& launch,
                                             const WriterOptions& options = {});
    ~RunWriter() override;

    /// What resume() could not read, to be measured again.
    const DroppedRounds& dropped_rounds() const;
    /// Launches that the file is of, the present one too.
    int launches() const;

    void store(const CaseHeader& header, const Round& round) override;
    void note(const HostProbe& probe) override;
    void add_library_log(const std::vector<std::pair<std::string, std::string>>& log) override;
    void finish(bool complete) override;

private:
    struct Impl;
    enum class Accept : std::uint8_t { complete, unfinished_too };
    static std::unique_ptr<RunWriter> go_on(const std::filesystem::path& path, const WriterOptions& options,
                                            Accept accept);
    explicit RunWriter(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// A whole run at once, such as an imported one: round i is of case i, and a case may have several. The file is written
/// whole or not at all. Throws as RunWriter::create().
void write_run(const std::filesystem::path& path, const RunMetadata& info, std::span<const CaseHeader> cases,
               std::span<const Round> rounds, IfExists if_exists, const WriterOptions& options = {});

/// Whether there is an HDF5 file, which nothing but a run with --force may replace.
bool is_hdf5_file(const std::filesystem::path& path);

/// Whether it is a regular file, not a link, and says of itself that plumbline wrote it.
bool is_run_file(const std::filesystem::path& path);

/// Rounds of this index or a later one that are in an unfinished file or its parts, each of them read back; none where
/// the file can't be read.
std::size_t kept_rounds(const std::filesystem::path& path, int first_round = 0);

/// Reads a run file. Throws ConfigError for a file that is missing, truncated, foreign, or of a newer schema.
class RunFile {
public:
    explicit RunFile(const std::filesystem::path& path);
    ~RunFile();
    RunFile(RunFile&&) noexcept;

    const RunMetadata& info() const;
    bool complete() const;
    /// In plan order.
    const std::vector<CaseSummary>& cases() const;
    /// Rounds (case id, round index) that are in the file.
    std::set<std::pair<int, int>> stored_rounds() const;
    /// Rounds of an unfinished file that can't be read whole, because their parts are damaged or missing. None of a
    /// complete file, which doesn't open then. Throws ConfigError where the folder of the parts is missing.
    DroppedRounds unreadable_rounds() const;
    CaseRecord load(int case_id) const;
    /// The same with reduced() rounds and without links: of a file with digests no samples are read.
    CaseRecord load_reduced(int case_id) const;
    /// Of all rounds of a case; nothing where one has none.
    std::optional<std::vector<RoundDigest>> digests(int case_id) const;
    /// World rank of each rank of a case; empty where it has no rounds.
    std::vector<int> world_ranks(int case_id) const;
    /// Of a loaded case the rounds that its numbers are made of: see in_one_state().
    CaseRecord keep_one_state(CaseRecord record) const;
    /// The states of the machine in which the rounds were measured; `rounds`: those that of_round is about.
    const MachineStates& machine_states() const;
    /// How the case's ranks were brought to a common start in most of its rounds: "barrier", "window".
    std::string start_mode(int case_id) const;
    /// The hosts at moments of the run; empty where none was probed.
    std::vector<HostProbe> probes() const;
    /// What the journal in it says; null where the run is of no soak.
    std::shared_ptr<const Soak> soak() const;
    /// That journal as text; "" where the run is of no soak.
    std::string soak_journal() const;
    /// What judging and scaling tables need; refers to this object. Throws ConfigError where a case can't be read.
    RunData measured() const;
    /// The same without these cases, which need not be readable.
    RunData measured_but(const std::set<int>& case_ids) const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace plumbline
