// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/mpi/algorithm_control.hpp"

#include "collectives/backends/mpi/check.hpp"
#include "collectives/backends/mpi/session.hpp"
#include "collectives/util/error.hpp"

#include <fmt/format.h>
#include <mpi.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace plumbline::mpi {

#if defined(MPICH_NUMVERSION) && !defined(I_MPI_VERSION)
#define PLUMBLINE_HAS_MPICH
#endif

#if defined(OPEN_MPI) || defined(PLUMBLINE_HAS_MPICH)

namespace {

/// MPI's tool interface while it is used.
class Tools {
public:
    Tools()
    {
        int provided = 0;
        check(MPI_T_init_thread(MPI_THREAD_SINGLE, &provided), "MPI_T_init_thread");
    }
    ~Tools()
    {
        // MPICH 4.0 forgets its variables at the first MPI_T_finalize, and none is found again.
#ifndef PLUMBLINE_HAS_MPICH
        MPI_T_finalize();
#endif
    }
    Tools(const Tools&) = delete;
    Tools& operator=(const Tools&) = delete;
};

/// A control variable that holds one int, and the names of its values.
class ControlVariable {
public:
    /// Nothing where the library has none of that name.
    static std::optional<ControlVariable> find(const std::string& name)
    {
        int index = 0;
        if (MPI_T_cvar_get_index(name.c_str(), &index) != MPI_SUCCESS) {
            return std::nullopt;
        }
        ControlVariable variable;
        int verbosity = 0;
        int bind = 0;
        int scope = 0;
        MPI_Datatype type = MPI_DATATYPE_NULL;
        check(MPI_T_cvar_get_info(index, nullptr, nullptr, &verbosity, &type, &variable.names_, nullptr, nullptr, &bind,
                                  &scope),
              "MPI_T_cvar_get_info");
        int count = 0;
        check(MPI_T_cvar_handle_alloc(index, nullptr, &variable.handle_, &count), "MPI_T_cvar_handle_alloc");
        return variable;
    }

    ~ControlVariable()
    {
        if (handle_ != MPI_T_CVAR_HANDLE_NULL) {
            MPI_T_cvar_handle_free(&handle_);
        }
    }
    ControlVariable(ControlVariable&& other) noexcept
        : handle_(std::exchange(other.handle_, MPI_T_CVAR_HANDLE_NULL)), names_(other.names_)
    {
    }
    ControlVariable& operator=(ControlVariable&&) = delete;
    ControlVariable(const ControlVariable&) = delete;
    ControlVariable& operator=(const ControlVariable&) = delete;

    int read() const
    {
        int value = 0;
        check(MPI_T_cvar_read(handle_, &value), "MPI_T_cvar_read");
        return value;
    }
    void write(int value) { check(MPI_T_cvar_write(handle_, &value), "MPI_T_cvar_write"); }

    /// value -> name, as the library lists them.
    std::vector<std::pair<int, std::string>> values() const
    {
        std::vector<std::pair<int, std::string>> all;
        int count = 0;
        if (names_ == MPI_T_ENUM_NULL || MPI_T_enum_get_info(names_, &count, nullptr, nullptr) != MPI_SUCCESS) {
            return all;
        }
        for (int i = 0; i < count; ++i) {
            std::array<char, 128> text{};
            int length = static_cast<int>(text.size());
            int value = 0;
            check(MPI_T_enum_get_item(names_, i, &value, text.data(), &length), "MPI_T_enum_get_item");
            all.emplace_back(value, text.data());
        }
        return all;
    }

private:
    ControlVariable() = default;

    MPI_T_cvar_handle handle_ = MPI_T_CVAR_HANDLE_NULL;
    MPI_T_enum names_ = MPI_T_ENUM_NULL;
};

/// The first variable of the environment that `wanted` says yes to.
template <class Wanted>
std::optional<std::string> variable_that(const Wanted& wanted)
{
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        if (const std::string_view name = text.substr(0, text.find('=')); wanted(name)) {
            return std::string(name);
        }
    }
    return std::nullopt;
}

}  // namespace

#endif

#ifdef OPEN_MPI

namespace {

constexpr std::string_view rules = "coll_tuned_use_dynamic_rules";
constexpr const char* rules_variable = "OMPI_MCA_coll_tuned_use_dynamic_rules";
constexpr std::string_view tuned_variables = "OMPI_MCA_coll_tuned_";

/// What Open MPI calls the operation that this backend runs.
std::string_view open_mpi_name(Collective collective)
{
    if (collective == Collective::reduce_scatter) {
        return "reduce_scatter_block";
    }
    return collective == Collective::broadcast ? "bcast" : name(collective);
}

std::string variable_of(Collective collective)
{
    return fmt::format("coll_tuned_{}_algorithm", open_mpi_name(collective));
}

bool rules_are_on()
{
    const auto variable = ControlVariable::find(std::string(rules));
    return variable && variable->read() != 0;
}

std::vector<Algorithm> algorithms_of(Collective collective)
{
    const auto variable = ControlVariable::find(variable_of(collective));
    std::vector<Algorithm> found;
    if (!variable) {
        return found;
    }
    for (auto& [number, text] : variable->values()) {
        if (number > 0) {  // 0 is the library's choice
            constexpr std::string_view for_two = "two_proc";
            found.push_back(
                {.name = text,
                 .most_ranks = text == for_two ? 2 : 0,
                 .setting = fmt::format("{}=1 OMPI_MCA_{}={}", rules_variable, variable_of(collective), number)});
        }
    }
    return found;
}

/// The first variable of coll/tuned that is set in the environment.
std::optional<std::string> users_setting()
{
    return variable_that([](std::string_view name) { return name.starts_with(tuned_variables); });
}

int number_of(const ControlVariable& variable, const AlgorithmChoice& choice)
{
    for (const auto& [number, text] : variable.values()) {
        if (text == choice.name && number > 0) {
            return number;
        }
    }
    throw std::logic_error(fmt::format("{} has no algorithm {}", variable_of(choice.collective), choice.name));
}

}  // namespace

void allow_algorithms()
{
    if (!users_setting()) {
        setenv(rules_variable, "1", 0);  // NOLINT(concurrency-mt-unsafe): before there are other threads
    }
}

AvailableAlgorithms offered_algorithms()
{
    const Tools tools;
    if (!rules_are_on()) {
        const auto set = users_setting();
        return {
            .of = {},
            .why_not = fmt::format("{} can't be told its algorithms in this launch ({}). {}", library_version(),
                                   set ? *set + " is set, whose meaning that would change"
                                       : std::string(rules) + " was off when it started, on a rank that doesn't see "
                                                              "the scenario or without coll/tuned",
                                   set ? "Unset it, or set " + std::string(rules_variable) + "=1 too"
                                       : "Start with mpirun -x " + std::string(rules_variable) +
                                             "=1, or use scripts/experiments/algorithms")};
    }
    AvailableAlgorithms offer;
    for (const CollectiveInfo& row : all_collectives()) {
        if (has_algorithms(row.collective)) {
            if (auto found = algorithms_of(row.collective); !found.empty()) {
                offer.of[row.collective] = std::move(found);
            }
        }
    }
    if (offer.of.empty()) {
        offer.why_not =
            fmt::format("{} names no algorithms (its component coll/tuned is not there)", library_version());
    }
    return offer;
}

ForcedAlgorithm::ForcedAlgorithm(const AlgorithmChoice& choice) : collective_(choice.collective)
{
    const Tools tools;
    auto variable = ControlVariable::find(variable_of(collective_));
    if (!variable) {
        throw std::logic_error(fmt::format("there is no {}", variable_of(collective_)));
    }
    before_ = variable->read();
    variable->write(number_of(*variable, choice));
}

ForcedAlgorithm::~ForcedAlgorithm()
{
    try {
        const Tools tools;
        if (auto variable = ControlVariable::find(variable_of(collective_))) {
            variable->write(before_);
        }
    } catch (const BackendError&) {
        // What could be written once can be written back; if not, nothing that is measured from here on may be
        // believed.
        std::abort();
    }
}

// A communicator keeps the algorithm that it was made with.
std::optional<std::string> algorithm_obstacle(const AlgorithmChoice& /*choice*/, const CollectiveCall& /*call*/,
                                              int /*size*/, bool /*reduced_by_mpi*/)
{
    return std::nullopt;
}

void use_algorithm(Collective /*collective*/, const std::optional<AlgorithmChoice>& /*choice*/) {}

#elif defined(PLUMBLINE_HAS_MPICH)

namespace {

/// What an algorithm asks of a call; else MPICH takes another one and says nothing.
enum class Asks : std::uint8_t { nothing, power_of_two, elements, not_in_place };

struct MpichAlgorithm {
    Collective collective;
    std::string_view name;
    Asks asks = Asks::nothing;
};

/// MPICH's src/mpi/coll/coll_algorithms.txt, without those that hand on to another choice (nb, smp) or work in place
/// alone.
constexpr std::array known_algorithms{
    MpichAlgorithm{Collective::barrier, "dissemination"},
    MpichAlgorithm{Collective::broadcast, "binomial"},
    MpichAlgorithm{Collective::broadcast, "scatter_recursive_doubling_allgather", Asks::power_of_two},
    MpichAlgorithm{Collective::broadcast, "scatter_ring_allgather"},
    MpichAlgorithm{Collective::gather, "binomial"},
    MpichAlgorithm{Collective::scatter, "binomial"},
    MpichAlgorithm{Collective::allgather, "brucks"},
    MpichAlgorithm{Collective::allgather, "recursive_doubling", Asks::power_of_two},
    MpichAlgorithm{Collective::allgather, "ring"},
    MpichAlgorithm{Collective::alltoall, "brucks", Asks::not_in_place},
    MpichAlgorithm{Collective::alltoall, "pairwise", Asks::not_in_place},
    MpichAlgorithm{Collective::alltoall, "scattered", Asks::not_in_place},
    MpichAlgorithm{Collective::alltoallv, "scattered", Asks::not_in_place},
    MpichAlgorithm{Collective::reduce, "binomial"},
    MpichAlgorithm{Collective::reduce, "reduce_scatter_gather", Asks::elements},
    MpichAlgorithm{Collective::allreduce, "recursive_doubling"},
    MpichAlgorithm{Collective::allreduce, "reduce_scatter_allgather", Asks::elements},
    MpichAlgorithm{Collective::reduce_scatter, "noncommutative", Asks::power_of_two},
    MpichAlgorithm{Collective::reduce_scatter, "pairwise"},
    MpichAlgorithm{Collective::reduce_scatter, "recursive_doubling"},
    MpichAlgorithm{Collective::reduce_scatter, "recursive_halving"},
};

/// What MPICH's variables call the operation that this backend runs.
std::string mpich_name(Collective collective)
{
    if (collective == Collective::reduce_scatter) {
        return "REDUCE_SCATTER_BLOCK";
    }
    std::string upper(collective == Collective::broadcast ? "bcast" : name(collective));
    std::ranges::transform(upper, upper.begin(), [](char c) { return c >= 'a' && c <= 'z' ? char(c - 'a' + 'A') : c; });
    return upper;
}

std::string algorithm_variable(Collective collective)
{
    return "MPIR_CVAR_" + mpich_name(collective) + "_INTRA_ALGORITHM";
}

/// 0: not by the device's own collectives, which choose for themselves.
std::string device_variable(Collective collective)
{
    return "MPIR_CVAR_" + mpich_name(collective) + "_DEVICE_COLLECTIVE";
}

std::string description_of(const std::string& variable)
{
    int index = 0;
    if (MPI_T_cvar_get_index(variable.c_str(), &index) != MPI_SUCCESS) {
        return "";
    }
    std::string text(8192, '\0');
    int length = static_cast<int>(text.size());
    int verbosity = 0;
    int bind = 0;
    int scope = 0;
    check(
        MPI_T_cvar_get_info(index, nullptr, nullptr, &verbosity, nullptr, nullptr, text.data(), &length, &bind, &scope),
        "MPI_T_cvar_get_info");
    return text.substr(0, text.find('\0'));
}

/// The number that a variable has for an algorithm, since it lists "NAME - what it is" of each in the order of their
/// numbers; nothing where it doesn't name it.
std::optional<int> number_in(std::string_view description, std::string_view algorithm)
{
    int number = 0;
    for (std::size_t mark = description.find(" - "); mark != std::string_view::npos; ++number) {
        std::string_view before = description.substr(0, mark);
        before = before.substr(0, before.find_last_not_of(' ') + 1);
        const bool ends = before.ends_with(algorithm);
        if (ends && (before.size() == algorithm.size() || before[before.size() - algorithm.size() - 1] != '_')) {
            return number;
        }
        mark = description.find(" - ", mark + 1);
    }
    return std::nullopt;
}

std::optional<std::string> users_setting()
{
    return variable_that([](std::string_view name) {
        return name.starts_with("MPIR_CVAR_") &&
               (name.ends_with("_INTRA_ALGORITHM") || name.find("DEVICE_COLLECTIVE") != std::string_view::npos ||
                name.find("SELECTION_TUNING") != std::string_view::npos || name.ends_with("_COMPOSITION"));
    });
}

void write(const std::string& name, int value)
{
    if (auto variable = ControlVariable::find(name)) {
        variable->write(value);
    }
}

}  // namespace

void allow_algorithms() {}

AvailableAlgorithms offered_algorithms()
{
    if (const auto set = users_setting()) {
        return {
            .of = {},
            .why_not = fmt::format("{} isn't told its algorithms in this launch ({} is set, whose meaning that would "
                                   "change). Unset it",
                                   library_version(), *set)};
    }
    const Tools tools;
    AvailableAlgorithms offer;
    for (const MpichAlgorithm& each : known_algorithms) {
        const std::string variable = algorithm_variable(each.collective);
        if (ControlVariable::find(device_variable(each.collective)) && number_in(description_of(variable), each.name)) {
            offer.of[each.collective].push_back(
                {.name = std::string(each.name),
                 .most_ranks = 0,
                 .setting = fmt::format("{}=0 {}={}", device_variable(each.collective), variable, each.name)});
        }
    }
    if (offer.of.empty()) {
        offer.why_not = fmt::format("{} names no algorithms", library_version());
    }
    return offer;
}

std::optional<std::string> algorithm_obstacle(const AlgorithmChoice& choice, const CollectiveCall& call, int size,
                                              bool reduced_by_mpi)
{
    const auto row = std::ranges::find_if(known_algorithms, [&](const MpichAlgorithm& each) {
        return each.collective == choice.collective && each.name == choice.name;
    });
    if (call.collective != choice.collective || row == known_algorithms.end()) {
        return std::nullopt;
    }
    const auto obstacle = [&](std::string_view why) {
        return fmt::format("MPICH's {} {} ({} would run by another). Leave this combination out", row->name, why,
                           name(call.collective));
    };
    const auto ranks = static_cast<unsigned>(size);
    switch (row->asks) {
        case Asks::nothing:
            return std::nullopt;
        case Asks::power_of_two:
            return std::has_single_bit(ranks) ? std::nullopt
                                              : std::optional(obstacle("takes a power of two of ranks alone"));
        case Asks::elements:
            if (!reduced_by_mpi) {
                return obstacle("takes types and operations of MPI's own alone");
            }
            return call.count >= std::bit_floor(ranks)
                       ? std::nullopt
                       : std::optional(obstacle("takes as many elements as ranks, or more, alone"));
        case Asks::not_in_place:
            return call.in_place ? std::optional(obstacle("does not work in place")) : std::nullopt;
    }
    return std::nullopt;
}

void use_algorithm(Collective collective, const std::optional<AlgorithmChoice>& choice)
{
    if (!has_algorithms(collective) || users_setting()) {
        return;
    }
    const Tools tools;
    const bool forced = choice && choice->collective == collective;
    const auto number =
        forced ? number_in(description_of(algorithm_variable(collective)), choice->name) : std::optional(0);
    write(algorithm_variable(collective), number.value_or(0));
    write(device_variable(collective), forced ? 0 : 1);
}

ForcedAlgorithm::ForcedAlgorithm(const AlgorithmChoice& choice) : collective_(choice.collective)
{
    const AvailableAlgorithms offer = offered_algorithms();
    const auto of = offer.of.find(collective_);
    if (of == offer.of.end() || std::ranges::find(of->second, choice.name, &Algorithm::name) == of->second.end()) {
        throw std::logic_error(fmt::format("MPICH has no algorithm {} of {}", choice.name, name(collective_)));
    }
}

ForcedAlgorithm::~ForcedAlgorithm() = default;

#else

std::optional<std::string> algorithm_obstacle(const AlgorithmChoice& /*choice*/, const CollectiveCall& /*call*/,
                                              int /*size*/, bool /*reduced_by_mpi*/)
{
    return std::nullopt;
}

void use_algorithm(Collective /*collective*/, const std::optional<AlgorithmChoice>& /*choice*/) {}

void allow_algorithms() {}

AvailableAlgorithms offered_algorithms()
{
    return {.of = {},
            .why_not = fmt::format("{} can't be told its algorithms within a launch (plumbline knows how for Open MPI "
                                   "and MPICH alone). Fix one with the library's own settings, a launch for each",
                                   library_version())};
}

ForcedAlgorithm::ForcedAlgorithm(const AlgorithmChoice& choice) : collective_(choice.collective)
{
    throw std::logic_error("no algorithm was offered");
}

ForcedAlgorithm::~ForcedAlgorithm() = default;

#endif

}  // namespace plumbline::mpi
