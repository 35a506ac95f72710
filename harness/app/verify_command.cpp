// SPDX-License-Identifier: Apache-2.0
#include "harness/app/commands.hpp"
#include "harness/app/output.hpp"
#include "results/printers/verify.hpp"
#include "results/store/verify.hpp"
#include "results/verdicts/scaling.hpp"

#include <sstream>

namespace plumbline::app {

int verify_command(const VerifyOptions& options)
{
    const VerifiedRun verified = verify_run(options.file, scaling_table);
    std::ostringstream text;
    if (options.format == "json") {
        verify_json(text, options.file, verified);
    } else {
        verify_text(text, options.file, verified);
    }
    if (!options.quiet) {
        write_result(text.str());
    }
    constexpr int wrong_input = 2;
    return verified.holds() ? 0 : wrong_input;
}

}  // namespace plumbline::app
