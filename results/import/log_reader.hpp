#pragma once

#include "results/import/import.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline::import {

/// A line, split into words, without the prefix of a launcher ("[1,0]<stdout>:", "3: ", "2026-01-31 12:00:00.123 ").
struct Line {
    std::size_t number = 0;  ///< from 1
    std::string_view text;
    std::vector<std::string_view> words;
    /// The log ends here without a newline: the line may be truncated.
    bool last_without_end = false;
};
std::vector<Line> lines_of(std::string_view log);

/// The number that the whole word is; nothing for any other word.
std::optional<double> number(std::string_view word);        ///< finite
std::optional<std::uint64_t> count(std::string_view word);  ///< decimal, below 2^62
bool starts_with_words(const Line& line, std::initializer_list<std::string_view> words);

/// The header of a measured case, with S and the factor of busbw. `bytes`: the message size as plumbline counts it.
CaseHeader header_of(Collective collective, std::uint64_t bytes, DataType dtype, int ranks, int nodes);

/// Collects cases: numbers them, distinguishes repeated tables, limits the number of warnings.
class Collector {
public:
    explicit Collector(const ImportHints& hints) : hints_(hints) {}

    const ImportHints& hints() const { return hints_; }
    /// A case that was added before gets the parameter repeat=2, 3, ...
    void add(CaseHeader header);
    void warn(std::size_t line, const std::string& what);
    void say(const std::string& name, const std::string& value) { facts_.emplace_back(name, value); }
    void on_hosts(std::vector<std::string> hosts) { hosts_ = std::move(hosts); }

    bool empty() const { return cases_.empty(); }
    /// Everything as a run. Throws ConfigError when nothing was added.
    ImportedLog finish(LogFormat format) &&;

private:
    ImportHints hints_;
    std::vector<CaseHeader> cases_;
    std::vector<std::string> warnings_;
    std::size_t more_warnings_ = 0;
    std::vector<std::pair<std::string, std::string>> facts_;
    std::vector<std::string> hosts_;
};

void read_nccl_text(std::string_view log, Collector& into);
void read_nccl_json(std::string_view log, Collector& into);
void read_osu(std::string_view log, Collector& into);
void read_imb(std::string_view log, Collector& into);
void read_hccl(std::string_view log, Collector& into);

}  // namespace plumbline::import
