// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/command_line/command_table.hpp"
#include "harness/command_line/terminal_colours.hpp"
#include "harness/launch/launch_start.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace plumbline::app {

struct RunOptions {
    std::string scenario;
    std::string output;                  ///< "" = <scenario name>.h5 in the present folder
    std::vector<std::string> overrides;  ///< key=value
    std::string backend;                 ///< "" = the scenario's
    std::string backend_library;         ///< "" = the one that the loader finds
    std::string hang_after = "300s";     ///< a time, or "never"
    LauncherOptions launcher;
    std::string exit_status = "verdict";  ///< verdict, ran
    std::string soak;                     ///< where the supervisor is met, of its jobs alone; "" = there is none
    std::string only;                     ///< failed; "" = all cases
    std::string of;                       ///< only: the earlier run file; "" = <scenario name>.h5
    bool resume = false;
    bool append = false;
    bool force = false;
    bool dry_run = false;
    bool diagnose_on_fail = false;
    bool quiet = false;             ///< the verdict and errors alone
    std::string progress = "auto";  ///< auto, live, plain, summary, none
    bool log_json = false;          ///< a JSON object a line on stderr
    std::string language;           ///< en, zh; "" = the locale's
};

struct DoctorOptions {
    LauncherOptions launcher;
    std::string backend;          ///< that will be measured; "" = not said
    std::string backend_library;  ///< "" = the one that the loader finds
    std::string format = "text";  ///< text, json
    bool oversubscribe = false;   ///< several ranks a core are meant
    bool quiet = false;
    std::string language;  ///< en, zh; "" = the locale's
};

struct LaunchOptions {
    std::string hosts;  ///< "node1:8,node2:8"; "" = the host file's
    std::string host_file;
    int port = 0;                        ///< where rank 0 is met; 0 = drawn
    std::string ssh = "ssh";             ///< the command that reaches a host
    std::string program;                 ///< path of plumbline on all hosts; "" = this one's
    std::string token_file;              ///< "" = PLUMBLINE_TOKEN, or drawn
    std::vector<std::string> variables;  ///< NAME or NAME=VALUE, for all ranks
    std::string node;                    ///< one node's part, as the command starts itself there
    std::vector<std::string> arguments;  ///< what each rank runs
};

struct EndureOptions {
    std::string scenario;
    std::string duration;                ///< "30d"
    std::string output;                  ///< folder of the soak
    std::string resume;                  ///< folder of a soak to go on with; "" = none, and the rest counts
    int until_recoveries = 0;            ///< 0 = the time alone ends it
    std::string faults;                  ///< file of faults to inject; "" = none
    int spares = 0;                      ///< hosts at the end of the host list that are used when others fail
    std::vector<std::string> overrides;  ///< key=value
    std::string hang_after = "60s";
    int give_up_after = 5;
    int verify_every = 100;               ///< steps
    std::string sweep_every = "1h";       ///< or "never"
    std::string diagnose_within = "60s";  ///< or "never"
    std::string program;                  ///< path of plumbline on all hosts; "" = this one's
    std::string language;                 ///< en or zh; "" = the locale's
    std::vector<std::string> launcher;
};

struct DiagnoseOptions {
    std::string file;
    std::string format = "text";  ///< text, json, junit, html
    std::string output;           ///< "" = stdout
    std::string floor;            ///< "" = none; a rate, "20GB/s"
    bool fail = false;            ///< status 1 when anything is named
    std::string language;         ///< en, zh; "" = the locale's
};

struct AdmitOptions {
    std::vector<std::string> words;   ///< a run file, or a launcher's words
    std::string good;                 ///< "node[01-08],login1"
    std::string candidates;           ///< "" = all other nodes
    std::string max_slowdown = "5%";  ///< "5%", "0.05"
    std::string within;               ///< of a launch: "30s"; "" = as long as it takes, 30 s in a prolog
    std::string format = "text";      ///< text, json, list, slurm, kubernetes
    std::string output;               ///< the run file of a launch; "" = not kept
    std::string language;             ///< en, zh; "" = the locale's
    std::string program;              ///< path of plumbline on all hosts; "" = this one's
    bool prolog = false;              ///< status 0 or 1, one line on stderr
};

struct CheckOptions {
    std::string file;
    std::string targets;          ///< "" = those in the file
    std::string reference;        ///< a published value to hold the file against; "" = none
    std::string references;       ///< folder of the user's own; "" = the shipped ones alone
    std::string format = "text";  ///< text, json, junit
    bool allow_point_values = false;
    bool quiet = false;
    std::string output;    ///< "" = stdout
    std::string language;  ///< en, zh; "" = the locale's
};

struct ShowOptions {
    std::string file;
    std::string format = "text";  ///< text, json, csv
    std::string language;         ///< en, zh; "" = the locale's
};

struct VerifyOptions {
    std::string file;
    std::string manifest;         ///< of 'sign'; "" = none
    std::string key;              ///< file of the signer's public key; "" = the manifest's own
    std::string original;         ///< that an anonymised file was made of; "" = none
    std::string format = "text";  ///< text, json
    bool quiet = false;
    std::string language;  ///< en, zh; "" = the locale's
};

struct SignOptions {
    std::string file;
    std::vector<std::string> reports;  ///< pages to sign with it
    std::string targets;               ///< "" = those in the file
    std::string key;                   ///< file of the secret key
    std::string new_key;               ///< make one there instead of signing
    std::string signer;                ///< how the signer names himself
    std::string output;                ///< "" = FILE.h5.signed.json
    std::string language;              ///< "" = the locale's
};

struct AnonymiseOptions {
    std::string file;
    std::string output;  ///< "" = <the file's stem>.anonymous.h5
    bool force = false;
    std::string language;  ///< "" = the locale's
};

struct ReportOptions {
    std::vector<std::string> files;
    std::string output;           ///< "" = <first file's stem>.html in the present folder
    std::string targets;          ///< "" = those in each file
    std::string about;            ///< file with the parts of an acceptance; "" = none
    std::string format = "html";  ///< html, pdf, md, csv
    std::string language;         ///< en, zh: what the page shows first; "" = the locale's
};

struct ImportOptions {
    std::string from;  ///< one of log_format_words()
    std::string log;   ///< "-" = stdin
    std::string output;
    std::string pattern;
    std::string targets;
    int ranks = 0;  ///< 0 = the log says it
    int nodes = 0;
    bool force = false;
    std::string language;  ///< "" = the locale's
};

struct HistoryOptions {
    std::string folder;
    std::string format = "text";  ///< text, json, junit, prometheus, html
    std::string language;         ///< of html: en, zh; "" = the locale's
    std::string output;           ///< "" = stdout
    std::string accepted;         ///< "" = FOLDER/accepted.txt, if it is there
    std::string night;            ///< a night's run file, whose contract is judged with the history; "" = none
    int night_status = 0;         ///< with which that night's run ended
    std::string on_change;        ///< a command of the shell; "" = none
    std::string webhook;          ///< an address; "" = none
    double max_p = 1e-4;
    double min_change_percent = 2;
    bool quiet = false;
};

struct CompareOptions {
    std::vector<std::string> files;   ///< the first is the reference
    std::vector<std::string> names;   ///< "A=vendor-one": in place of a file's name
    std::string format = "text";      ///< text, json, html
    std::string output;               ///< "" = stdout
    std::string language;             ///< of html: en, zh; "" = the locale's
    std::string fail_if_worse;        ///< "5%", "0.05"; "" = no limit
    std::string launch_spread;        ///< "10%", "0"; "" = default_launch_spread
    std::vector<std::string> prices;  ///< of a node: "100", one a file, or "A=1200000CNY"
    std::vector<std::string> powers;  ///< of a node: "10.2" (kW), or "A=10.2kW"
    bool quiet = false;
};

struct ValidateOptions {
    std::string scenario;
    std::vector<std::string> overrides;
    std::optional<int> ranks;  ///< that the launch will have
    std::string language;      ///< en, zh; "" = the locale's
};

struct ListOptions {
    std::string what;             ///< scenarios, profiles, references, patterns, backends, metrics
    std::string references;       ///< references: a folder of the user's own; "" = the shipped ones alone
    std::string backend;          ///< backends: this one alone; "" = all
    std::string backend_library;  ///< backends: look at this library
    bool names = false;           ///< the names alone, one a line
    std::string language;         ///< "" = the locale's
};

struct BoundsOptions {
    int nodes = 0;
    int ranks_per_node = 0;
    std::string ports;                 ///< "4x400Gbit/s", or one rate of all ports of a node together
    std::string inside;                ///< rate of a rank's links inside its node; "" = not stated
    std::string latency;               ///< between nodes
    std::string inside_latency;        ///< "" = as between nodes
    std::string leaf;                  ///< "NODESxRATE": up-links of so many nodes together; "" = not oversubscribed
    std::vector<std::string> reduces;  ///< "inside", "between": where switches reduce
    std::vector<std::string> bytes;    ///< empty = so large that latency is nothing
    std::string format = "text";       ///< text, json, csv
    std::string language;              ///< "" = the locale's
};

struct ProjectOptions {
    std::string file;
    int ranks = 0;
    std::string targets;   ///< "" = those in the file
    std::string language;  ///< en, zh; "" = the locale's
};

struct PublishedOptions {
    std::string profile;
    std::string rival;              ///< "" = none
    std::optional<int> base_ranks;  ///< of all rows; nothing: the smallest scale of each row's batch
    std::string language;           ///< "" = the locale's
};

using Command = std::variant<RunOptions, DoctorOptions, LaunchOptions, EndureOptions, DiagnoseOptions, AdmitOptions,
                             ProjectOptions, PublishedOptions, CheckOptions, ShowOptions, VerifyOptions, SignOptions,
                             AnonymiseOptions, ReportOptions, CompareOptions, ImportOptions, HistoryOptions,
                             ValidateOptions, ListOptions, BoundsOptions>;

/// argv didn't ask for a command to be carried out: print `text` and leave with `status`.
struct EarlyExit {
    int status = 0;
    std::string text;
};

struct Invocation {
    std::variant<Command, EarlyExit> request;
    ColourMode colour = ColourMode::automatic;
};

/// Pure: prints nothing, exits nowhere. `build`: commit and compiler, which the version goes with.
Invocation parse_options(int argc, const char* const* argv, const std::string& version, const std::string& build = "");

/// All commands with their options, as parse_options() takes them.
CommandTable command_table(const std::string& version);

}  // namespace plumbline::app
