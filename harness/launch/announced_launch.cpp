// SPDX-License-Identifier: Apache-2.0
#include "harness/launch/announced_launch.hpp"

#include "collectives/util/error.hpp"

#include <fmt/format.h>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <system_error>
#include <utility>

namespace plumbline::app {

namespace {

/// A whole number of at least `least`; nothing for anything else.
std::optional<int> parse_number(const std::optional<std::string>& text, int least)
{
    if (!text) {
        return std::nullopt;
    }
    int number = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    const bool whole = error == std::errc{} && end == text->data() + text->size();
    return whole && number >= least ? std::optional(number) : std::nullopt;
}

/// Throws ConfigError where the variable is set and is no such number.
std::optional<int> require_number(const Variables& get, const char* name, int least)
{
    const auto text = get(name);
    const auto number = parse_number(text, least);
    if (text && !number) {
        throw ConfigError(
            say("{} is '{}' (a whole number of at least {} is expected). Correct it or unset it", name, *text, least));
    }
    return number;
}

struct SizeAndRank {
    const char* launcher;
    const char* size;
    const char* rank;
};

// In order of precedence: an mpirun inside a step of Slurm counts, not the step.
constexpr std::array mpi_launchers{
    SizeAndRank{"mpirun of Open MPI", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK"},
    SizeAndRank{"mpirun of MVAPICH", "MV2_COMM_WORLD_SIZE", "MV2_COMM_WORLD_RANK"},
    SizeAndRank{"jsrun", "JSM_NAMESPACE_SIZE", "JSM_NAMESPACE_RANK"},
    SizeAndRank{"flux run", "FLUX_JOB_SIZE", "FLUX_TASK_RANK"},
    SizeAndRank{"mpiexec of MPICH or Intel MPI, or srun --mpi=pmi2", "PMI_SIZE", "PMI_RANK"},
    SizeAndRank{"aprun or mpiexec of PALS", "PALS_SIZE", "PALS_RANKID"},
};

std::optional<AnnouncedLaunch> announced_by_pals(const Variables& get)
{
    // Where PALS says nothing of all ranks: as many as there are surely.
    const auto local = parse_number(get("PALS_LOCAL_SIZE"), 1);
    const char* const rank_variable = get("PALS_RANKID") ? "PALS_RANKID" : "ALPS_APP_PE";  // of the aprun before PALS
    const auto rank = parse_number(get(rank_variable), 0);
    if (!local && !rank) {
        return std::nullopt;
    }
    const int beside = local.value_or(1);
    const bool more = rank && *rank + 1 > beside;
    return AnnouncedLaunch{.launcher = "aprun or mpiexec of PALS",
                           .size_variable = more || !local ? rank_variable : "PALS_LOCAL_SIZE",
                           .size = more ? *rank + 1 : beside,
                           .is_least = true,
                           .rank = rank,
                           .host = std::nullopt,
                           .port = std::nullopt};
}

/// By variables of these names, beside where rank 0 is met; nothing where the size isn't set.
std::optional<AnnouncedLaunch> announced_by(const Variables& get, const SizeAndRank& names)
{
    const auto size = require_number(get, names.size, 1);
    if (!size) {
        return std::nullopt;
    }
    return AnnouncedLaunch{.launcher = names.launcher,
                           .size_variable = names.size,
                           .size = *size,
                           .rank = require_number(get, names.rank, 0),
                           .host = get("MASTER_ADDR"),
                           .port = require_number(get, "MASTER_PORT", 1)};
}

std::optional<AnnouncedLaunch> announced_by_torch(const Variables& get)
{
    auto launch = announced_by(get, {"torchrun (PyTorchJob, JobSet, Volcano)", "WORLD_SIZE", "RANK"});
    if (!launch && get("RANK") && get("MASTER_ADDR")) {
        throw ConfigError(say(
            "RANK and MASTER_ADDR are set and WORLD_SIZE isn't (half of what torchrun, PyTorchJob or Volcano sets). "
            "Set WORLD_SIZE, or unset RANK"));
    }
    // torchrun's own store listens at MASTER_PORT itself.
    if (launch && launch->port && get("TORCHELASTIC_USE_AGENT_STORE").value_or("False") == "True") {
        constexpr int last_port = 65'535;
        *launch->port += *launch->port < last_port ? 1 : -1;
    }
    return launch;
}

/// Of a Slurm allocation only the step counts: SLURM_NTASKS is also set in a plain salloc shell.
std::optional<AnnouncedLaunch> announced_by_slurm(const Variables& get)
{
    auto launch = announced_by(get, {"srun", "SLURM_STEP_NUM_TASKS", "SLURM_PROCID"});
    if (!launch) {
        return std::nullopt;
    }
    launch->is_around = true;
    if (!launch->host) {
        launch->host = first_host(get("SLURM_STEP_NODELIST").value_or(""));
    }
    const auto job = parse_number(get("SLURM_JOB_ID"), 0);
    if (!launch->port && job) {
        // The same for all ranks of a step, and seldom that of another step on the node; below the ports that systems
        // hand out themselves.
        constexpr int first = 20'000;
        constexpr int count = 10'000;
        constexpr int steps = 97;
        const int step = parse_number(get("SLURM_STEP_ID"), 0).value_or(0);
        launch->port = first + static_cast<int>((static_cast<long>(*job) * steps + step) % count);
    }
    return launch;
}

std::optional<AnnouncedLaunch> announced_by_ascend(const Variables& get)
{
    return announced_by(get, {"Ascend's rank table", "RANK_SIZE", "RANK_ID"});
}

[[noreturn]] void throw_contradiction(const AnnouncedLaunch& one, const AnnouncedLaunch& other)
{
    throw ConfigError(say(
        "{} announces {} and {} {} (two launchers, {} and {}, contradict each other{}). Unset what doesn't hold, or "
        "give --rank I/N and --join HOST:PORT",
        one.size_variable, ranks_said(one.size), other.size_variable, other.size, one.launcher, other.launcher,
        one.size == other.size ? " about this process's rank" : ""));
}

void refuse_contradiction(const AnnouncedLaunch& counts, const AnnouncedLaunch& other)
{
    if (contradict(counts, other)) {
        throw_contradiction(counts, other);
    }
}

void require_rank(const AnnouncedLaunch& launch, const char* rank_variable)
{
    if (launch.size > 1 && !launch.rank) {
        throw ConfigError(say("{} announces {} ranks and {} isn't set (half of what {} sets). Set it, or unset {}",
                              launch.size_variable, launch.size, rank_variable, launch.launcher, launch.size_variable));
    }
    if (launch.rank && *launch.rank >= launch.size) {
        throw ConfigError(say("{} is {} where {} announces {} (the last one is {}). Correct them", rank_variable,
                              *launch.rank, launch.size_variable, ranks_said(launch.size), launch.size - 1));
    }
}

}  // namespace

Variables environment_variables()
{
    return [](const char* name) -> std::optional<std::string> {
        const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): at the start
        return value == nullptr || *value == '\0' ? std::nullopt : std::optional<std::string>(value);
    };
}

std::vector<AnnouncedLaunch> all_announced_to_mpi(const Variables& get)
{
    std::vector<AnnouncedLaunch> all;
    const auto of_step = parse_number(get("SLURM_STEP_NUM_TASKS"), 1);
    for (const SizeAndRank& names : mpi_launchers) {
        if (const auto size = parse_number(get(names.size), 1)) {
            const bool is_pmi = std::string_view(names.size) == "PMI_SIZE";  // srun --mpi=pmi2 sets it too
            all.push_back({.launcher = names.launcher,
                           .size_variable = names.size,
                           .size = *size,
                           .is_around = is_pmi && of_step == size,
                           .rank = parse_number(get(names.rank), 0),
                           .host = std::nullopt,
                           .port = std::nullopt});
        }
    }
    if (all.empty()) {
        if (auto pals = announced_by_pals(get)) {
            all.push_back(std::move(*pals));
        }
    }
    // srun --mpi=pmix says the rank; the step says the size.
    if (get("PMIX_RANK") && all.empty()) {
        all.push_back({.launcher = of_step ? "srun --mpi=pmix" : "a launcher with PMIx",
                       .size_variable = of_step ? "SLURM_STEP_NUM_TASKS" : "PMIX_RANK",
                       .size = of_step.value_or(0),
                       .is_around = true,
                       .rank = parse_number(get("PMIX_RANK"), 0),
                       .host = std::nullopt,
                       .port = std::nullopt});
    }
    return all;
}

std::optional<AnnouncedLaunch> announced_to_mpi(const Variables& get)
{
    auto all = all_announced_to_mpi(get);
    return all.empty() ? std::nullopt : std::optional(std::move(all.front()));
}

std::optional<AnnouncedLaunch> announced_to_all(const Variables& get)
{
    auto torch = announced_by_torch(get);
    auto slurm = announced_by_slurm(get);
    auto ascend = announced_by_ascend(get);
    if (torch) {
        require_rank(*torch, "RANK");
        if (ascend) {
            refuse_contradiction(*torch, *ascend);
        }
        // torchrun and mpirun may have been started by each task of a step; variables that somebody set by hand may
        // not.
        if (slurm && slurm->size > torch->size && !get("TORCHELASTIC_RUN_ID") && all_announced_to_mpi(get).empty()) {
            throw_contradiction(*torch, *slurm);
        }
        return torch;
    }
    if (ascend && (!slurm || ascend->size > slurm->size)) {  // a task of a step may start several
        require_rank(*ascend, "RANK_ID");
        return ascend;
    }
    if (slurm) {
        require_rank(*slurm, "SLURM_PROCID");
        if (ascend) {
            refuse_contradiction(*slurm, *ascend);
        }
    }
    return slurm;
}

bool contradict(const AnnouncedLaunch& counts, const AnnouncedLaunch& other)
{
    if (other.is_around || other.size < 2) {
        return false;
    }
    const bool sizes_fit = counts.size == 0 || counts.size == other.size ||
                           (counts.is_least && counts.size < other.size) ||
                           (other.is_least && other.size < counts.size);
    return !sizes_fit || (counts.rank && other.rank && *counts.rank != *other.rank);
}

std::optional<AnnouncedLaunch> announced_to_job_script(const Variables& get)
{
    const auto size = parse_number(get("SLURM_NTASKS"), 1);
    const auto rank = parse_number(get("SLURM_PROCID"), 0);
    if (!size || !rank || get("SLURM_STEP_NUM_TASKS")) {
        return std::nullopt;
    }
    return AnnouncedLaunch{.launcher = "the script of a Slurm job",
                           .size_variable = "SLURM_NTASKS",
                           .size = *size,
                           .rank = rank,
                           .host = get("MASTER_ADDR"),
                           .port = parse_number(get("MASTER_PORT"), 1)};
}

std::optional<std::string> first_host(std::string_view list)
{
    std::string host;
    while (!list.empty() && list.front() != ',') {
        if (list.front() != '[') {
            host += list.front();
            list.remove_prefix(1);
            continue;
        }
        const std::size_t close = list.find(']');
        if (close == std::string_view::npos) {
            return std::nullopt;
        }
        const std::string_view numbers = list.substr(1, close - 1);
        host += numbers.substr(0, numbers.find_first_of(",-"));
        list.remove_prefix(close + 1);
    }
    return host.empty() ? std::nullopt : std::optional(host);
}

}  // namespace plumbline::app
