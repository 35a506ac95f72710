// SPDX-License-Identifier: Apache-2.0
#include "harness/endure/job_secret.hpp"

#include "collectives/util/error.hpp"

#include <fstream>

namespace plumbline::endure {

namespace {

constexpr const char* open_mpi_variable = "OMPI_PLUMBLINE_SOAK_SECRET";

}  // namespace

std::vector<std::string> secret_environment(const std::string& secret)
{
    return {std::string(secret_variable) + "=" + secret, std::string(open_mpi_variable) + "=" + secret};
}

std::string find_secret(const std::function<std::optional<std::string>(const char*)>& variable, const std::string& file)
{
    for (const char* const name : {secret_variable, open_mpi_variable}) {
        if (const auto value = variable(name); value && !value->empty()) {
            return *value;
        }
    }
    std::string secret;
    std::ifstream in(file);
    if (!(in >> secret)) {
        throw ConfigError(
            say("rank 0 doesn't know the supervisor's secret (no variable {}, and {} can't be read here). Let the "
                "launcher pass the variable on, or keep the soak's folder where the job's hosts see it",
                secret_variable, file));
    }
    return secret;
}

}  // namespace plumbline::endure
