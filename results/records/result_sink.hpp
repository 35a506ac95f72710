// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace plumbline {

struct CaseHeader;
struct HostProbe;
struct Round;

/// Where records go. One rank has a real one, the others a null one.
class ResultSink {
public:
    virtual ~ResultSink() = default;
    /// Makes this round of this case durable. A skipped or failed case may have a round without samples.
    /// Throws StoreError, and then everything stored before is still there.
    virtual void store(const CaseHeader& header, const Round& round) = 0;
    /// Keeps it for the file; durable with the next round.
    virtual void note(const HostProbe&) {}
    /// What the library said of itself (RunMetadata::library_log).
    virtual void add_library_log(const std::vector<std::pair<std::string, std::string>>&) {}
    /// The plan was carried out (`complete`) or the run stopped in order before that.
    virtual void finish(bool complete) = 0;
};

class NullSink final : public ResultSink {
public:
    void store(const CaseHeader&, const Round&) override {}
    void finish(bool) override {}
};

}  // namespace plumbline
