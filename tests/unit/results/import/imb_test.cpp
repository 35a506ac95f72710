// SPDX-License-Identifier: Apache-2.0
#include "results/import/import.hpp"

#include "collectives/util/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace plumbline {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

ImportedLog imb(const std::string& log, const ImportHints& hints = {})
{
    return import_log(LogFormat::imb, log, hints);
}

/// The table of one benchmark on `processes` processes.
std::string table(const std::string& title, int processes, const std::string& columns, const std::string& row)
{
    return "#---\n# Benchmarking " + title + " \n# #processes = " + std::to_string(processes) + " \n#---\n " + columns +
           "\n " + row + "\n";
}
const std::string range = "#bytes #repetitions t_min[usec] t_max[usec] t_avg[usec]";

TEST(ImportImbMessages, PingPingIsAMessageEachWay)
{
    const CaseHeader c =
        imb(table("PingPing", 2, "#bytes #repetitions t[usec] Mbytes/sec", "1000 10 2.00 500.00")).cases.at(0);
    EXPECT_EQ(c.what.pattern, "bidirectional");
    EXPECT_DOUBLE_EQ(c.reported->time_s, 2e-6);
    EXPECT_DOUBLE_EQ(c.bus_factor.value(), 1) << "500 MB/s per direction";
}

TEST(ImportImbMessages, ExchangeIsAPatternOfItsOwn)
{
    const CaseHeader c = imb(table("Exchange", 4, range + " Mbytes/sec", "1000 10 1.00 2.00 1.50 2000.00")).cases.at(0);
    EXPECT_EQ(c.what.pattern, "exchange");
    EXPECT_DOUBLE_EQ(c.reported->time_s, 2e-6);
    EXPECT_DOUBLE_EQ(c.bus_factor.value(), 2) << "each rank sends to two neighbours";
}

TEST(ImportImbMessages, StreamsHaveABandwidthForATime)
{
    const std::string columns = "#bytes #repetitions Mbytes/sec Msg/sec";
    const CaseHeader one = imb(table("Uniband", 4, columns, "1000000 10 20000.00 20000")).cases.at(0);
    EXPECT_EQ(one.what.pattern, "unidirectional");
    EXPECT_DOUBLE_EQ(one.reported->time_s, 100e-6) << "two pairs share 20 GB/s";
    const CaseHeader both = imb(table("Biband", 4, columns, "1000000 10 40000.00 40000")).cases.at(0);
    EXPECT_EQ(both.what.pattern, "bidirectional");
    EXPECT_DOUBLE_EQ(both.reported->time_s, 64 * 100e-6) << "10 GB/s per direction and pair, 64 messages each way";
}

TEST(ImportImbMessages, TablesOfImbP2pAreLeftOut)
{
    EXPECT_THAT(
        [] { imb(table("PingPong", 4, "#bytes #repetitions t[usec] Mbytes/sec Msg/sec", "8 10 1.0 8.0 1000000")); },
        ThrowsMessage<ConfigError>(HasSubstr("IMB-P2P")));
}

TEST(ImportImbGroups, GroupsThatRunAtOnceAreAParameter)
{
    const std::string title =
        "# Benchmarking Multi-Allreduce \n# ( 3 groups of 4 processes each running simultaneous ) \n"
        "# Group  0:     0    1    2    3\n";
    const ImportedLog largest = imb(title + range + "\n 1024 10 1.00 2.00 1.50\n");
    EXPECT_EQ(largest.cases.at(0).what.ranks, 4);
    EXPECT_EQ(largest.cases.at(0).what.parameters.at("groups"), "3");
    const ImportedLog each = imb(title + "Group " + range + "\n 0 1024 10 1.00 2.00 1.50\n 1 1024 10 1.00 3.00 1.50\n");
    ASSERT_EQ(each.cases.size(), 2U);
    EXPECT_EQ(each.cases[1].what.bytes, 1024U);
    EXPECT_DOUBLE_EQ(each.cases[1].reported->time_s, 3e-6);
    EXPECT_EQ(each.cases[1].what.parameters.at("repeat"), "2");
}

TEST(ImportImbCollectives, CallsWithCountsAndPureOnesAreCallsOfTheirOwn)
{
    const CaseHeader gatherv = imb(table("Gatherv", 4, range, "8 10 1.0 2.0 1.5")).cases.at(0);
    EXPECT_EQ(gatherv.what.bytes, 32U);
    EXPECT_EQ(gatherv.what.parameters.at("call"), "gatherv");
    const CaseHeader pure = imb(table("Iallreduce_pure", 4, range, "8 10 1.0 2.0 1.5")).cases.at(0);
    EXPECT_EQ(pure.what.parameters.at("call"), "nonblocking_pure");
    EXPECT_DOUBLE_EQ(pure.reported->time_s, 2e-6);
}

TEST(ImportImbCollectives, ATablesNumberOfProcessesCountsMoreThanAHint)
{
    ImportHints hints;
    hints.ranks = 8;
    const ImportedLog log = imb(table("Allreduce", 2, range, "8 10 1.0 2.0 1.5"), hints);
    EXPECT_EQ(log.cases.at(0).what.ranks, 2);
    EXPECT_THAT(log.info.warnings, ElementsAre(HasSubstr("--ranks 8 is not taken")));
}

TEST(ImportImbCollectives, AnErrorAboveTheTitleIsOfItsFirstRow)
{
    const std::string row = table("Reduce_scatter", 2, range + " defects", "4 10 1.0 2.0 1.5 0.00");
    const ImportedLog log = imb("1: Error Reduce_scatter,size = 4,sample #0\n" + row + row);
    EXPECT_THAT(log.cases.at(0).why, HasSubstr("wrong data"));
    EXPECT_EQ(log.cases.at(1).status, CaseStatus::measured) << "of the table before";
}

TEST(ImportImbCollectives, ItsDateIsWhenItBegan)
{
    EXPECT_DOUBLE_EQ(
        imb("# Date                  : Fri Jan  2 00:00:00 1970\n" + table("Allreduce", 2, range, "8 10 1.0 2.0 1.5"))
            .info.started_unix_s,
        86400);
}

TEST(ImportImb, ARowWhoseOwnNumbersContradictEachOtherFails)
{
    const std::string one_way = "#bytes #repetitions t[usec] Mbytes/sec";
    const std::vector<std::array<std::string, 4>> rows{
        {"Allreduce", range, "1024 1000 2.60 2.40 2.50", "its times are out of order: min 2.60, avg 2.50, max 2.40"},
        {"Allreduce", range, "1024 1000 2.00 2.40 3.20", "its times are out of order: min 2.00, avg 3.20, max 2.40"},
        {"PingPong", one_way, "8 1000 0.27 299.60", "Mbytes/sec 299.60 is not 8 bytes in 0.27 us"},
        {"Sendrecv", range + " Mbytes/sec", "1000 1000 1.00 1.00 1.00 4000.00",
         "Mbytes/sec 4000.00 is not 2000 bytes in 1.00 us"},
    };
    for (const auto& [title, columns, row, why] : rows) {
        EXPECT_EQ(imb(table(title, 2, columns, row)).cases.at(0).why, why) << row;
    }
    for (const auto& [title, columns, row, why] : std::vector<std::array<std::string, 4>>{
             {"PingPong", one_way, "8 1000 0.27 29.60", ""},
             {"PingPong", one_way, "1048576 1000 100.00 10000.00", "2^20 bytes are an old IMB's megabyte"},
             {"Allreduce", range, "8 1000 0.03 0.03 0.03", ""}}) {
        EXPECT_EQ(imb(table(title, 2, columns, row)).cases.at(0).status, CaseStatus::measured) << row << why;
    }
}

TEST(ImportImb, DefectsAndErrorsAreWrongData)
{
    const ImportedLog log = imb("# Benchmarking Reduce_scatter\n# #processes = 16\n" + range + "  defects\n" +
                                "15: Error Reduce_scatter,size = 4,sample #0\n4 1000 1.0 2.0 1.5 0.00\n"
                                "64 1000 1.0 2.0 1.5 7.00\n1024 1000 1.0 2.0 1.5 0.00\n");
    ASSERT_EQ(log.cases.size(), 3U);
    EXPECT_EQ(log.cases[0].why, "wrong data (an Error line of this size, says the log)");
    EXPECT_EQ(log.cases[1].why, "wrong data (defects 7, says the log)");
    EXPECT_EQ(log.cases[2].verification, Verification::verified);
    const ImportedLog aborted = imb("# Benchmarking Allreduce\n# #processes = 2\n" + range +
                                    "\n4 1000 1.0 2.0 1.5\nApplication error code 1 occurred\n");
    EXPECT_THAT(aborted.cases.at(0).why, HasSubstr("the run failed, says the log"));
}

TEST(ImportImb, TypesAndReductionAreThoseThatTheLogStates)
{
    const auto with = [](const std::string& preamble) {
        return imb(preamble + "# Benchmarking Bcast\n# #processes = 2\n" + range + "\n1024 10 1.0 2.0 1.5\n" +
                   "# Benchmarking Allreduce\n# #processes = 2\n" + range + "\n1024 10 1.0 2.0 1.5\n")
            .cases;
    };
    const auto stated = with(
        "# MPI_Datatype                   :   MPI_DOUBLE\n"
        "# MPI_Datatype for reductions    :   MPI_INT\n# MPI_Op : MPI_MAX\n");
    ASSERT_EQ(stated.size(), 2U);
    EXPECT_EQ(stated[0].what.dtype, DataType::float64);
    EXPECT_EQ(stated[1].what.dtype, DataType::int32);
    EXPECT_EQ(stated[1].what.op, ReduceOp::max);
    const auto unsaid = with("");
    EXPECT_EQ(unsaid.at(0).what.dtype, DataType::uint8) << "IMB moves bytes";
    EXPECT_EQ(unsaid.at(1).what.dtype, DataType::float32) << "and reduces floats";
    EXPECT_EQ(with("# MPI_Op : MPI_PROD\n").size(), 1U) << "plumbline has no such reduction";
}

TEST(ImportImb, OtherTablesAreReadByTheirTitles)
{
    const ImportedLog log =
        imb("# Benchmarking PingPong\n# #processes = 2\n#bytes #repetitions t[usec] Mbytes/sec\n512 1000 3.41 143.15\n"
            "# Benchmarking Sendrecv\n# #processes = 2\n" +
            range +
            " Mbytes/sec\n1024 1000 0.29 0.30 0.29 7124.00\n"
            "# Benchmarking Barrier\n# #processes = 4\n#repetitions t_min[usec] t_max[usec] t_avg[usec]\n1000 0.90 "
            "0.95 0.92\n"
            "# Benchmarking Iallreduce\n# #processes = 2\n#bytes #repetitions t_ovrl[usec] t_pure[usec] t_CPU[usec] "
            "overlap[%] defects\n"
            "4 1000 0.63 0.30 0.30 0.00 0.00\n"
            "# Benchmarking Unidir_Put\n# #processes = 2\n" +
            range + " Mbytes/sec\n1024 1000 0.29 0.30 0.29 7124.00\n");
    ASSERT_EQ(log.cases.size(), 4U);
    EXPECT_EQ(log.cases[0].what.pattern, "pingpong");
    EXPECT_DOUBLE_EQ(log.cases[0].reported->time_s, 2 * 3.41e-6);
    EXPECT_EQ(log.cases[1].what.pattern, "sendrecv");
    EXPECT_DOUBLE_EQ(log.cases[1].reported->time_s, 0.30e-6);
    EXPECT_EQ(log.cases[2].what.pattern, "barrier");
    EXPECT_DOUBLE_EQ(log.cases[2].reported->time_s, 0.95e-6);
    EXPECT_EQ(log.cases[3].what.parameters.at("call"), "nonblocking");
    EXPECT_DOUBLE_EQ(log.cases[3].reported->time_s, 0.30e-6);
    EXPECT_THAT(log.info.warnings, ElementsAre(HasSubstr("'Unidir_Put' is left out")));
}

TEST(ImportImb, ARowThatWasNotMeasuredIsAFailedCase)
{
    const ImportedLog log = imb("# Benchmarking Alltoall\n# #processes = 2\n" + range +
                                "\n1024 40 1.0 2.0 1.5\n2048 out-of-mem.; needed X=   5.100 GB\n");
    ASSERT_EQ(log.cases.size(), 2U);
    EXPECT_EQ(log.cases[1].status, CaseStatus::failed);
    EXPECT_THAT(log.cases[1].why, HasSubstr("out-of-mem."));
}

TEST(ImportImb, PersistentCallsAreCasesOfTheirOwn)
{
    const CaseHeader overlapped =
        imb(table("Allreduce_persist", 4, "#bytes #repetitions t_ovrl[usec] t_pure[usec] t_CPU[usec] overlap[%]",
                  "1024 10 3.00 2.00 1.00 50.00"))
            .cases.at(0);
    EXPECT_EQ(overlapped.what.parameters.at("call"), "persistent");
    EXPECT_DOUBLE_EQ(overlapped.reported->time_s, 2e-6);
    const CaseHeader pure = imb(table("Allreduce_persist_pure", 4, range, "1024 10 1.00 3.00 2.00")).cases.at(0);
    EXPECT_EQ(pure.what.parameters.at("call"), "persistent_pure");
    EXPECT_DOUBLE_EQ(pure.reported->time_s, 3e-6);
}

TEST(ImportImb, ASecondTableBelowOneNameIsLeftOut)
{
    const ImportedLog log = imb(table("Allreduce", 4, range, "1024 10 1.00 3.00 2.00") + "# #processes = 2\n" + range +
                                "\n1024 10 1.00 3.00 2.00\n");
    EXPECT_EQ(log.cases.size(), 1U);
    EXPECT_THAT(log.info.warnings, ElementsAre(HasSubstr("which benchmark this table is of is not said")));
}

TEST(ImportImb, ARowWhoseFormIsNotIMBsFails)
{
    for (const auto& [row, why] : {std::pair("1024 10 1.00 18 2.00", "not printed alike"),
                                   std::pair("1022 10 1.00 3.00 2.00", "1022 bytes are no whole number of float32")}) {
        const CaseHeader header = imb(table("Allreduce", 4, range, row)).cases.at(0);
        EXPECT_EQ(header.status, CaseStatus::failed) << row;
        EXPECT_THAT(header.why.english(), HasSubstr(why)) << row;
    }
    EXPECT_EQ(
        imb(table("Uniband", 2, "#bytes #repetitions Mbytes/sec Msg/sec", "1000 10 100.00 1000")).cases.at(0).status,
        CaseStatus::failed);
}

TEST(ImportImb, NodesAreThoseOfTheCommand)
{
    const std::string command = "mpirun -n 16 -ppn 8 ./IMB-MPI1 Allreduce\n";
    const auto nodes_of = [&](const std::string& commands, int ranks) {
        return imb(commands + table("Allreduce", ranks, range, "1024 10 1.00 3.00 2.00")).cases.at(0).what.nodes;
    };
    EXPECT_EQ(nodes_of(command, 16), 2);
    EXPECT_EQ(nodes_of(command, 9), 2);
    EXPECT_EQ(nodes_of(command, 8), 1) << "the first ones are all on the first node";
    EXPECT_EQ(nodes_of("srun -N 2 ./IMB-MPI1 Allreduce\n", 2), 2) << "how many a node has isn't said";
    EXPECT_EQ(nodes_of(command + "mpirun -n 16 ./IMB-MPI1 Allreduce\n", 16), 1) << "the last command says none";
}

TEST(ImportImb, APartOfThePreambleThatIsLostIsADefaultThatIsSaid)
{
    const std::string rows = table("Allreduce", 4, range, "1024 10 1.00 3.00 2.00");
    EXPECT_TRUE(imb(rows).info.warnings.empty()) << "nothing of it is there";
    EXPECT_THAT(imb("# MPI_Datatype for reductions : MPI_DOUBLE\n" + rows).info.warnings,
                ElementsAre(HasSubstr("no line says the reduction (# MPI_Op): taken for MPI_SUM")));
    EXPECT_THAT(imb("# MPI_Op : MPI_MAX\n" + rows).info.warnings,
                ElementsAre(HasSubstr("no line says the type (# MPI_Datatype): taken for MPI_FLOAT")));
}

}  // namespace
}  // namespace plumbline
