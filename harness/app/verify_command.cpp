// SPDX-License-Identifier: Apache-2.0
#include "harness/app/commands.hpp"
#include "harness/app/document/signed_files.hpp"
#include "harness/app/language.hpp"
#include "harness/app/output.hpp"
#include "harness/app/soak_commands.hpp"
#include "results/printers/verify.hpp"
#include "results/store/verify.hpp"
#include "results/verdicts/scaling.hpp"

#include <algorithm>
#include <iterator>
#include <sstream>
#include <vector>

namespace plumbline::app {

int verify_command(const VerifyOptions& as_named)
{
    VerifyOptions options = as_named;
    options.file = run_file_of(as_named.file);
    VerifiedRun verified = verify_run(options.file, scaling_table);
    const auto add = [&](std::vector<Contradiction> more) {
        std::ranges::move(more, std::back_inserter(verified.contradictions));
    };
    if (!options.manifest.empty()) {
        add(contradictions_of(options.manifest, options.file, options.key));
    }
    if (!options.original.empty()) {
        add(differences_from_original(options.file, options.original));
    }
    std::ostringstream text;
    if (options.format == "json") {
        verify_json(text, options.file, verified);
    } else {
        verify_text(text, options.file, verified);
        if (!options.manifest.empty() && verified.holds()) {
            text << signer_of(options.manifest, !options.key.empty()).english() << '\n';
        }
    }
    if (!options.quiet) {
        write_result(options.format == "json" ? text.str() : lines_in(chosen_language(options.language), text.str()));
    }
    constexpr int wrong_input = 2;
    return verified.holds() ? 0 : wrong_input;
}

}  // namespace plumbline::app
