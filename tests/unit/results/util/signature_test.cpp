// SPDX-License-Identifier: Apache-2.0
#include "results/util/signature.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>

namespace plumbline {
namespace {

TEST(Signature, HoldsForItsTextAndKeyAlone)
{
    const KeyPair keys = make_key_pair();
    EXPECT_EQ(public_key_of(keys.secret_key), keys.public_key);
    const auto signature = sign("a run", keys.secret_key);
    ASSERT_TRUE(signature);
    EXPECT_TRUE(is_signed("a run", *signature, keys.public_key));
    EXPECT_FALSE(is_signed("a ruN", *signature, keys.public_key));
    EXPECT_FALSE(is_signed("a run", *signature, make_key_pair().public_key));
    std::string other = *signature;
    other[3] = other[3] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(is_signed("a run", other, keys.public_key));
}

// RFC 8032, section 7.1, test 1: the empty message. The secret key of libsodium is the seed and the public key.
TEST(Signature, IsThatOfThePublishedVector)
{
    const std::string secret =
        "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2DXWpgBgrEKt9VL/tPJZAc6DuFy89qmIyWvAhpo9wdRGg==";
    EXPECT_EQ(public_key_of(secret), "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
    EXPECT_EQ(sign("", secret),
              "5VZDAMNgrHKQhuLMgG6CioSHfx645dl02HPgZSJJAVVfuIIVkKM7rMYeOXAc+bRr0lv18FlbviRlUUFDjnoQCw==");
}

TEST(Signature, ADamagedKeySignsNothing)
{
    const std::string whole = make_key_pair().secret_key;
    for (std::size_t at = 0; at + 2 < whole.size(); at += 5) {  // of both halves
        std::string damaged = whole;
        damaged[at] = damaged[at] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(public_key_of(damaged)) << at;
        EXPECT_FALSE(sign("x", damaged)) << at;
    }
}

TEST(Signature, WhatIsNoKeySignsNothing)
{
    for (const char* const text : {"", "no key", "AAAA", "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="}) {
        EXPECT_FALSE(sign("x", text)) << text;
        EXPECT_FALSE(public_key_of(text)) << text;
        EXPECT_FALSE(is_signed("x", text, text)) << text;
    }
}

}  // namespace
}  // namespace plumbline
