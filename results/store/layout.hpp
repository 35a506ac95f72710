#pragma once

#include "results/records/record.hpp"
#include "results/store/hdf5_handles.hpp"
#include "results/verdicts/verdict.hpp"

#include <limits>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Where what is in a run file: docs/reference/run-file.md as code. Included by results/store*.cpp alone.
/// Everything here throws hdf5::Error; readers throw it for values that can't be.
namespace plumbline::layout {

inline constexpr int schema = 1;

/// In the file only: a number that there is not.
inline constexpr double absent = std::numeric_limits<double>::quiet_NaN();
/// Units of texts.
inline constexpr std::string_view no_unit = "none";

/// "000012".
std::string case_name(int id);
std::string case_path(int id);
std::string world_ranks_path(int id);
std::string round_path(int id, int round);
/// Nothing for names that are not a plain number in [0, 2^31).
std::optional<int> parse_number(std::string_view text);

void write_run(hid_t file, const RunMetadata& info, bool complete);
RunMetadata read_run(hid_t file);
bool read_complete(hid_t file);

/// The group of a case and everything of its header but the world ranks.
void write_header(hid_t file, const CaseHeader& header);
/// World ranks left empty.
CaseHeader read_header(hid_t file, int id);
/// All of them once more in one place: opening each case's group to list them takes longer than all else.
void write_headers(hid_t file, std::span<const CaseSummary> cases);
/// Of the cases `ids`, in that order; from the groups where the file is from before there was one place.
std::vector<CaseHeader> read_headers(hid_t file, std::span<const int> ids);
void write_world_ranks(hid_t file, const CaseHeader& header);
std::vector<int> read_world_ranks(hid_t file, int id);

void write_round(hid_t file, const CaseHeader& header, const Round& round);
Round read_round(hid_t file, int id, int round);
/// What a round of a links case has beside; `path`: of the round.
void write_links(hid_t file, const std::string& path, const Round& round);
std::optional<LinkRows> read_links(hid_t file, const std::string& path, const SampleMatrix& seconds);
/// The same of a congestion case.
void write_congestion(hid_t file, const std::string& path, const Round& round);
std::optional<CongestionRows> read_congestion(hid_t file, const std::string& path, std::size_t samples);
/// Everything of it but its matrices.
Round read_frame(hid_t file, int id, int round);
/// The round as far as summarize(), slowest_seconds() and bubble_fractions() need it, from its small derived datasets
/// alone: one column, the slowest rank's time, with each share's mean over the ranks.
Round read_reduced_round(hid_t file, int id, int round);

/// What a workload did in one sample; `group` is the round's. Nothing is written where there is none.
void write_timeline(hid_t file, const std::string& path, hid_t group, const std::optional<Timeline>& timeline);
std::optional<Timeline> read_timeline(hid_t file, const std::string& path, hid_t group);

/// One row a case, in the order given.
void write_summary(hid_t file, std::span<const CaseSummary> cases);
/// With the headers.
std::vector<CaseSummary> read_summary(hid_t file);
void write_scaling(hid_t file, std::span<const ScalingRow> rows);

/// The machine around the measurements. `rounds`: (case, round) of each state in `states.of_round`.
void write_probes(hid_t file, std::span<const HostProbe> probes);
std::vector<HostProbe> read_probes(hid_t file);
void write_states(hid_t file, std::span<const std::pair<int, int>> rounds, const MachineStates& states);
/// Fills `rounds` with what states.of_round speaks of.
MachineStates read_states(hid_t file, std::vector<std::pair<int, int>>& rounds);

/// (case, round) of every round that is, or is linked, in the file.
std::set<std::pair<int, int>> list_rounds(hid_t file);

}  // namespace plumbline::layout
