// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace plumbline::endure {

/// The state of one rank after some steps: a function of rank and steps.
struct TrainingState {
    int rank = 0;
    std::uint64_t steps = 0;   ///< done
    std::uint64_t digest = 0;  ///< of them all, in order: a step that is lost or done twice gives another one
    bool operator==(const TrainingState&) const = default;

    /// One step more.
    void advance() noexcept;
};

/// Of which soak, and how large.
struct CheckpointKind {
    std::string soak;         ///< its id
    int ranks = 1;            ///< of the job
    std::uint64_t bytes = 0;  ///< of a rank
};

/// The checkpoints of one rank: files in a folder of its own, FOLDER/rank-000003/step-000000000123.checkpoint. Each has
/// a header, content that follows from rank, steps and digest, and a SHA-256 of both.
class CheckpointFolder {
public:
    /// `touch`: called after each piece that is written or read, for a watchdog.
    CheckpointFolder(const std::filesystem::path& folder, int rank, CheckpointKind kind, std::function<void()> touch);

    /// Makes the folder. Throws std::system_error.
    void make() const;
    /// Written beside its place, synced, renamed: it is there whole or not at all. Throws std::system_error.
    void write(const TrainingState& state) const;
    /// Of those that are there, whole or not; ascending.
    std::vector<std::uint64_t> steps() const;
    struct Loaded {
        TrainingState state;
        double written_unix_s = 0;
    };
    /// Every byte is looked at. The sentence why not, where it can't be used.
    std::variant<Loaded, std::string> load(std::uint64_t steps) const;
    /// Removes all but these, and what a rank that died left half written. Errors don't matter.
    void keep(const std::vector<std::uint64_t>& steps) const noexcept;
    /// The soak that a checkpoint here belongs to, where it is another one.
    std::optional<std::string> foreign() const;
    /// What its files take now.
    std::uint64_t bytes_used() const;

    const std::filesystem::path& folder() const { return folder_; }
    std::filesystem::path path_of(std::uint64_t steps) const;

private:
    std::filesystem::path folder_;
    int rank_;
    CheckpointKind kind_;
    std::function<void()> touch_;
};

/// FOLDER/rank-000003.
std::filesystem::path folder_of_rank(const std::filesystem::path& folder, int rank);

}  // namespace plumbline::endure
