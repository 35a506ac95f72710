// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/report/admission_output.hpp"
#include "results/texts/language.hpp"

#include <string>
#include <vector>

namespace plumbline::app {

/// What is asked of `admit`.
struct AdmitRequest {
    std::string file;                   ///< run file; with a launcher: where it is kept, "" = not kept
    std::string good;                   ///< "node[01-08],login1"
    std::string candidates;             ///< "" = all other nodes of the run
    double limit = 0.05;                ///< share
    double within_s = 0;                ///< with a launcher: ended after so long; 0 = never
    std::vector<std::string> launcher;  ///< "mpirun -n 16 --hostfile hosts"; empty = the file is there
    std::string program;                ///< path of plumbline on all hosts
};

/// Judges the file, which it measures first where a launcher is given. Throws ConfigError for what can't be judged, and
/// RunBroke where no file was written in time.
AdmissionOutput admitted(const AdmitRequest& request);

/// The launch of an admission came to no file: why, and the last words of the launcher.
struct RunBroke {
    Sentence why;
    std::vector<std::string> last_words;
};

}  // namespace plumbline::app
