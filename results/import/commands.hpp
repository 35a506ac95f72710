// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/import/log_lines.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace plumbline::import {

/// A command that starts a test, as a shell or a script shows it: "+ mpirun -np 8 ./all_reduce_perf -g 1".
struct Command {
    std::string_view program;  ///< without folders: "all_reduce_perf"
    std::size_t word = 0;      ///< its place in the line
    /// What its launcher was told of processes; nothing where there is no launcher, or it starts several programs.
    std::optional<int> ranks;
    std::optional<int> nodes;  ///< as its launcher was told, or as the processes of a node make it
};
/// The first word of the line whose name, without folders, contains `mark` ("_perf"), where the line is a command that
/// runs it: what compiles, links or copies a program doesn't.
std::optional<Command> command_in(const Line& line, std::string_view mark);

/// The value of an option of a command line, "-d fp16", "-dfp16", "--datatype fp16" or "--datatype=fp16", after word
/// `program` and before what a shell joins to it ("| tee -a log"); empty where it isn't given.
std::string_view option_after(const Line& line, std::size_t program, std::string_view short_name,
                              std::string_view long_name);

}  // namespace plumbline::import
