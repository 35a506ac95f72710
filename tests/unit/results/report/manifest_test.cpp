// SPDX-License-Identifier: Apache-2.0
#include "results/report/manifest.hpp"

#include "collectives/util/error.hpp"

#include <gtest/gtest.h>

namespace plumbline {
namespace {

Manifest some()
{
    return {.signer = "测试方",
            .signed_unix_s = 1e9,
            .run = "site",
            .verdict = "FAIL",
            .files = {{.role = "run", .name = "site.h5", .bytes = 12, .sha256 = "ab"},
                      {.role = "report", .name = "site.html", .bytes = 13, .sha256 = "cd"}},
            .public_key = "key",
            .signature = "s"};
}

TEST(Manifest, ReadsBackAsItWasWritten)
{
    EXPECT_EQ(parse_manifest(manifest_text(some()), "m"), some());
}

TEST(Manifest, SignsEverythingButTheSignature)
{
    Manifest other = some();
    other.signature = "t";
    EXPECT_EQ(signed_text(other), signed_text(some()));
    other = some();
    other.files[1].sha256 = "ce";
    EXPECT_NE(signed_text(other), signed_text(some()));
    other = some();
    other.verdict = "PASS";
    EXPECT_NE(signed_text(other), signed_text(some()));
}

TEST(Manifest, WhatIsNoneIsRefused)
{
    std::string newer = manifest_text(some());
    newer.replace(newer.find(": 1,"), 4, ": 2,");
    std::string twice = manifest_text(some());
    twice.insert(twice.find("\"verdict\""), "\"verdict\": \"PASS\", ");
    for (const std::string& text : {std::string(), std::string("{}"), std::string("[1"), newer, twice,
                                    std::string(R"({"plumbline_manifest": 1, "files": 3})")}) {
        EXPECT_THROW(parse_manifest(text, "m"), ConfigError) << text;
    }
}

}  // namespace
}  // namespace plumbline
