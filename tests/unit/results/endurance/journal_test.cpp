// SPDX-License-Identifier: Apache-2.0
#include "results/endurance/journal.hpp"

#include "collectives/util/error.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace plumbline {
namespace {

const std::vector<JournalRecord> records{
    {.unix_s = 1764000000.25, .kind = "begin", .fields = {{"name", "a\tb\nc\\d=e"}, {"empty", ""}}},
    {.unix_s = 1764000001, .kind = "stepped", .fields = {{"step", "7"}}},
    {.unix_s = 1764000002.5, .kind = "end", .fields = {}}};

std::string written()
{
    JournalEnd end;
    std::string text;
    for (const JournalRecord& record : records) {
        text += journal_line(record, end);
    }
    return text;
}

TEST(Journal, ReadsWhatWasWritten)
{
    const Journal journal = read_journal(written(), "j");
    EXPECT_EQ(journal.records, records);
    EXPECT_EQ(journal.torn_bytes, 0U);
    EXPECT_EQ(journal.end.lines, 3U);
}

TEST(Journal, KeepsAllWholeLinesOfATextCutOffAtAnyByte)
{
    const std::string text = written();
    for (std::size_t size = 0; size <= text.size(); ++size) {
        const std::string cut = text.substr(0, size);
        const Journal journal = read_journal(cut, "j");
        EXPECT_EQ(journal.records.size(), static_cast<std::size_t>(std::ranges::count(cut, '\n'))) << size;
        EXPECT_EQ(journal.whole_bytes + journal.torn_bytes, size);
        // A line that goes on from there is as good as in a journal that was never cut.
        JournalEnd end = journal.end;
        const std::string more = cut.substr(0, journal.whole_bytes) + journal_line(records[1], end);
        EXPECT_EQ(read_journal(more, "j").records.size(), journal.records.size() + 1);
    }
}

TEST(Journal, TakesGarbageBehindTheLastLineForATornTail)
{
    const Journal journal = read_journal(written() + std::string(300, '\0') + "\n", "j");
    EXPECT_EQ(journal.records, records);
    EXPECT_EQ(journal.torn_bytes, 301U);
}

TEST(Journal, RefusesALineThatWasChangedAmongOthers)
{
    const std::string text = written();
    for (std::size_t at = 0; at + 1 < text.find('\n'); ++at) {
        std::string changed = text;
        changed[at] = changed[at] == 'x' ? 'y' : 'x';
        EXPECT_THROW(read_journal(changed, "j"), ConfigError) << at;
    }
}

TEST(Journal, RefusesALineThatIsMissingAmongOthers)
{
    const std::string text = written();
    const std::size_t first = text.find('\n') + 1;
    const std::size_t second = text.find('\n', first) + 1;
    EXPECT_EQ(read_journal(text.substr(0, first) + text.substr(second), "j").records.size(), 1U);  // as a torn tail
    EXPECT_THROW(read_journal(text.substr(first), "j"), ConfigError);
}

}  // namespace
}  // namespace plumbline
