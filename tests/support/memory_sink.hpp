// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/util/error.hpp"
#include "results/records/case_header.hpp"
#include "results/records/case_record.hpp"
#include "results/records/result_sink.hpp"
#include "results/records/round.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace plumbline::test {

/// Keeps records in memory; on request it fails like a full disk.
class MemorySink final : public ResultSink {
public:
    explicit MemorySink(std::size_t room = 1000000) : room_(room) {}
    void store(const CaseHeader& header, const Round& round) override
    {
        if (records.size() >= room_) {
            throw StoreError("no space left");
        }
        records.push_back({header, {round}});
    }
    void finish(bool complete) override { finished_complete = complete; }

    std::vector<CaseRecord> records;
    std::optional<bool> finished_complete;

private:
    std::size_t room_;
};

}  // namespace plumbline::test
