// SPDX-License-Identifier: Apache-2.0
#include "harness/host/shared_libraries.hpp"

#include "tests/support/planted_tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace plumbline {
namespace {

using ::testing::ElementsAre;

class SharedLibrariesTest : public PlantedTree {
protected:
    std::vector<SharedLibrary> find(const std::vector<std::string>& names, const std::string& library_path = "") const
    {
        return find_shared_libraries(names, library_folders(library_path, root_), root_);
    }
};

TEST_F(SharedLibrariesTest, lie_in_the_folders_of_the_loader_in_its_order)
{
    write("etc/ld.so.conf", "# comment\ninclude /etc/ld.so.conf.d/*.conf\n/opt/last\n");
    write("etc/ld.so.conf.d/b.conf", "/opt/b\n");
    write("etc/ld.so.conf.d/a.conf", "/opt/a  # of a\ninclude a.conf\n");  // itself: it ends
    write("etc/ld.so.conf.d/c.disabled", "/opt/c\n");
    EXPECT_THAT(library_folders("/mine::/opt/b", root_),
                ElementsAre("/mine", "/opt/b", "/opt/a", "/opt/last", "/lib64", "/usr/lib64", "/lib", "/usr/lib"));
}

TEST_F(SharedLibrariesTest, are_the_first_that_is_there)
{
    write("opt/new/libnccl.so.2.28.9", "new");
    link("opt/new/libnccl.so.2", "opt/new/libnccl.so.2.28.9");
    write("usr/lib/libnccl.so.2", "old");
    const auto found = find({"libnccl.so.2", "libmpi.so.40"}, "/opt/new");
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].folder, "/opt/new");
    EXPECT_EQ(found[0].file, "libnccl.so.2.28.9");
    EXPECT_EQ(find({"libnccl.so.2"})[0].folder, "/usr/lib");
}

TEST_F(SharedLibrariesTest, of_a_family_are_all_found)
{
    write("usr/lib/libnccl-net.so", "a");
    write("usr/lib/libnccl-net-ib.so.0", "b");
    write("usr/lib/libnccl-net.so.debug", "c");
    write("lib/libnccl-net.so", "first");
    const auto found = find({"libnccl-net*"});
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].name, "libnccl-net.so");
    EXPECT_EQ(found[0].folder, "/lib");
    EXPECT_EQ(found[1].name, "libnccl-net-ib.so.0");
}

TEST_F(SharedLibrariesTest, of_another_build_differ_be_their_names_alike)
{
    write("one/libx.so", "build 1");
    write("two/libx.so", "build 2");
    write("three/libx.so", "build 1");
    const auto build = [&](const char* folder) { return find({"libx.so"}, folder).at(0).build; };
    EXPECT_NE(build("/one"), build("/two"));
    EXPECT_EQ(build("/one"), build("/three"));
}

}  // namespace
}  // namespace plumbline
