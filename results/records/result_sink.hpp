// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace plumbline {

struct CaseHeader;
struct HostProbe;
struct Round;

/// Receives records. The writer rank has a real sink, the others have a null sink.
class ResultSink {
public:
    virtual ~ResultSink() = default;
    /// Makes the round of the case durable. A skipped or failed case may have a round without samples.
    /// Throws StoreError; what was stored before stays intact.
    virtual void store(const CaseHeader& header, const Round& round) = 0;
    /// Adds a host probe. It becomes durable with the next round.
    virtual void note(const HostProbe&) {}
    /// Adds RunMetadata::library_log.
    virtual void add_library_log(const std::vector<std::pair<std::string, std::string>>&) {}
    /// Ends the file: the plan is done (`complete`), or the run stopped early in an orderly way.
    virtual void finish(bool complete) = 0;
};

class NullSink final : public ResultSink {
public:
    void store(const CaseHeader&, const Round&) override {}
    void finish(bool) override {}
};

}  // namespace plumbline
