// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/mpi/algorithm_control.hpp"

#include "collectives/backends/mpi/check.hpp"
#include "collectives/backends/mpi/session.hpp"
#include "collectives/util/error.hpp"

#include <fmt/format.h>
#include <mpi.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace plumbline::mpi {

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

/// MPI's tool interface while it is used.
class Tools {
public:
    Tools()
    {
        int provided = 0;
        check(MPI_T_init_thread(MPI_THREAD_SINGLE, &provided), "MPI_T_init_thread");
    }
    ~Tools() { MPI_T_finalize(); }
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
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        if (text.starts_with(tuned_variables)) {
            return std::string(text.substr(0, text.find('=')));
        }
    }
    return std::nullopt;
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

#else

void allow_algorithms() {}

AvailableAlgorithms offered_algorithms()
{
    return {.of = {},
            .why_not = fmt::format("{} can't be told its algorithms within a launch (plumbline knows how for Open MPI "
                                   "alone). Fix one with the library's own settings, a launch for each",
                                   library_version())};
}

ForcedAlgorithm::ForcedAlgorithm(const AlgorithmChoice& choice) : collective_(choice.collective)
{
    throw std::logic_error("no algorithm was offered");
}

ForcedAlgorithm::~ForcedAlgorithm() = default;

#endif

}  // namespace plumbline::mpi
