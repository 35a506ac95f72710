// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline {

/// What is published of long training runs; each follows from others.
enum class EnduranceFigureKind : std::uint8_t {
    mtbf,                         ///< duration / unplanned interruptions
    failures_per_1000_node_days,  ///< unplanned interruptions / (nodes * days), thousandfold
    loss_per_interruption,        ///< (1 - effective_time_ratio) * duration / interruptions: the most that each cost
    mttf,                         ///< of so many nodes at the rate of failures
    effective_time_ratio,         ///< Meta's formula, of so many nodes
    recovery_time,                ///< not recomputed
    detection_time,               ///< not recomputed
    recoveries,                   ///< not recomputed
};
inline constexpr std::array all_endurance_figures{EnduranceFigureKind::mtbf,
                                                  EnduranceFigureKind::failures_per_1000_node_days,
                                                  EnduranceFigureKind::loss_per_interruption,
                                                  EnduranceFigureKind::mttf,
                                                  EnduranceFigureKind::effective_time_ratio,
                                                  EnduranceFigureKind::recovery_time,
                                                  EnduranceFigureKind::detection_time,
                                                  EnduranceFigureKind::recoveries};
std::string_view name(EnduranceFigureKind kind);
bool is_time(EnduranceFigureKind kind);

struct EnduranceFigure {
    EnduranceFigureKind kind = EnduranceFigureKind::mtbf;
    std::optional<double> nodes;  ///< at another scale than the run's
    double value = 0;             ///< as published; s, or 1
};

/// What somebody published of a long run, which is never a measurement of this program.
struct PublishedEndurance {
    std::string name;
    std::string source;
    std::optional<double> duration_s;
    std::optional<double> nodes;
    std::optional<double> interruptions;  ///< planned ones too
    std::optional<double> planned;
    std::optional<double> effective_time_ratio;
    std::optional<double> failures_per_1000_node_days;
    std::optional<double> restart_s;
    std::optional<double> checkpoint_every_s;
    std::optional<double> checkpoint_s;
    std::vector<EnduranceFigure> figures;
};

/// The figure from the others; nothing where they don't say it. Pure.
std::optional<double> recomputed(const PublishedEndurance& published, const EnduranceFigure& figure);

}  // namespace plumbline
