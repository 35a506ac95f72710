// SPDX-License-Identifier: Apache-2.0
#include "harness/app/endure/soak_checkpoints.hpp"

#include "collectives/api/agreement.hpp"
#include "collectives/util/error.hpp"
#include "collectives/util/units.hpp"
#include "harness/app/run/share_inputs.hpp"
#include "harness/launch/tcp_launch.hpp"

#include <fmt/format.h>

#include <sys/statvfs.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <sstream>
#include <system_error>
#include <utility>
#include <variant>

namespace plumbline::app {

namespace {

constexpr std::uint64_t kept_beside_one = 3;  ///< two, and one that is being written

endure::CheckpointKind kind_of(Communicator& world, const endure::Message& settings)
{
    return {.soak = settings.text("id"), .ranks = world.size(), .bytes = settings.count("checkpoint_bytes")};
}

struct Room {
    std::uint64_t file_system = 0;
    std::uint64_t blocks = 0;
    std::uint64_t available = 0;
    std::uint64_t used = 0;  ///< by this rank's checkpoints
};

}  // namespace

SoakCheckpoints::SoakCheckpoints(Communicator& world, const endure::Message& settings, RankStatus& status)
    : world_(world),
      kind_(kind_of(world, settings)),
      root_(settings.text("checkpoint_folder")),
      folder_(root_, world.rank(), kind_, [&status] {
          RankState state = RankStatus::unpack(status.word());
          state.phase = state.phase == RankPhase::preparing ? RankPhase::communicating : RankPhase::preparing;
          status.set(state);
      })
{
}

void SoakCheckpoints::require_room()
{
    std::error_code error;
    made_root_ = !std::filesystem::exists(root_, error);
    world_.barrier();  // nobody makes it before all have looked
    try {
        look_for_room();
    } catch (const ConfigError&) {
        tidy();
        throw;
    }
}

/// What is refused leaves nothing behind.
void SoakCheckpoints::tidy() const noexcept
{
    std::error_code error;
    std::filesystem::remove(folder_.folder(), error);  // where it is empty
    if (made_root_) {
        std::filesystem::remove(root_, error);
    }
}

void SoakCheckpoints::look_for_room()
{
    std::optional<std::string> objection;
    try {
        folder_.make();
    } catch (const std::system_error& error) {
        objection = fmt::format("checkpoints can't be kept in {} on {} ({}). Name another folder under checkpoint.to",
                                root_, own_host_name(), error.code().message());
    }
    if (!objection && folder_.foreign()) {
        objection =
            fmt::format("{} holds checkpoints of another soak. Name an empty folder under checkpoint.to", root_);
    }
    if (const auto why = first_error(world_, objection)) {
        throw ConfigError(*why);
    }
    Room mine;
    struct statvfs system{};
    if (::statvfs(folder_.folder().c_str(), &system) == 0) {
        mine = {.file_system = system.f_fsid,
                .blocks = system.f_blocks,
                .available = std::uint64_t{system.f_bavail} * system.f_frsize,
                .used = folder_.bytes_used()};
    }
    const auto rooms = gather_values(world_, mine, 0);
    on_root(world_, [&] {
        struct Need {
            std::uint64_t ranks = 0, available = 0, used = 0;
        };
        std::map<std::pair<std::uint64_t, std::uint64_t>, Need> needs;
        for (const Room& room : rooms) {
            Need& need = needs[{room.file_system, room.blocks}];
            ++need.ranks;
            need.available = room.available;
            need.used += room.used;
        }
        for (const auto& [which, need] : needs) {
            const std::uint64_t wanted = kept_beside_one * kind_.bytes * need.ranks;
            if (wanted > need.available + need.used) {
                throw ConfigError(say(
                    "{} can't hold two checkpoints beside the one that is being written ({} ranks of {} need {}, and "
                    "{} are free). Give it more room, or write fewer checkpoint.bytes_per_rank",
                    root_, need.ranks, format_bytes(kind_.bytes), format_bytes(wanted),
                    format_bytes(need.available + need.used)));
            }
        }
    });
}

SoakCheckpoints::Start SoakCheckpoints::load(endure::TrainingState& state)
{
    std::string mine;
    for (const std::uint64_t step : folder_.steps()) {
        mine += fmt::format("{} ", step);
    }
    const auto all = gather_texts(world_, mine, 0);
    std::string agreed;  // every step that some rank has, the newest first: a missing one is said
    if (!all.empty()) {
        std::set<std::uint64_t, std::greater<>> steps;
        for (const std::string& one : all) {
            std::istringstream in(one);
            for (std::uint64_t step = 0; in >> step;) {
                steps.insert(step);
            }
        }
        for (const std::uint64_t step : steps) {
            agreed += fmt::format("{} ", step);
        }
    }
    std::istringstream candidates(broadcast_text(world_, agreed, 0));
    Start start;
    std::vector<std::uint64_t> usable;
    for (std::uint64_t step = 0; candidates >> step;) {
        auto loaded = folder_.load(step);
        const auto* const why_not = std::get_if<std::string>(&loaded);
        if (const auto why = first_error(world_, why_not != nullptr ? std::optional(*why_not) : std::nullopt)) {
            start.notes += (start.notes.empty() ? "" : "; ") + *why;
            continue;
        }
        const auto& got = std::get<endure::CheckpointFolder::Loaded>(loaded);
        state = got.state;
        start.written_unix_s = broadcast_value(world_, got.written_unix_s, 0);
        usable = {step};
        break;
    }
    kept_ = usable;
    if (!usable.empty()) {
        for (const std::uint64_t step : folder_.steps()) {  // an older one stays as it is, until a newer one is there
            if (step < usable.front()) {
                kept_.insert(kept_.end() - 1, step);
            }
        }
    }
    folder_.keep(kept_);
    return start;
}

std::optional<std::string> SoakCheckpoints::write(const endure::TrainingState& state)
{
    if (!kept_.empty() && kept_.back() == state.steps) {
        return std::nullopt;
    }
    std::optional<std::string> objection;
    try {
        folder_.write(state);
    } catch (const std::system_error& error) {
        objection = fmt::format("checkpoint {} of rank {} can't be written ({})", state.steps, world_.rank(),
                                error.code().message());
    }
    const auto why = first_error(world_, objection);
    if (!why) {
        kept_.push_back(state.steps);
        if (kept_.size() > 2) {
            kept_.erase(kept_.begin(), kept_.end() - 2);
        }
    }
    folder_.keep(kept_);
    return why;
}

}  // namespace plumbline::app
