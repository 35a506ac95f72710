// SPDX-License-Identifier: Apache-2.0
#include "collectives/util/secrets.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace plumbline {
namespace {

TEST(IsSecretName, tells_secrets_by_a_word_of_their_name)
{
    for (const char* name :
         {"PLUMBLINE_TOKEN", "NCCL_SECRET", "I_MPI_HYDRA_PASSWORD", "MPICH_PASSWD", "HCCL_CREDENTIALS", "FI_AUTH_KEY",
          "ASCEND_APIKEY", "ascend-api-key", "UCX_KEYS", "NCCL_PWD", "GLOO_PASS", "HSA_ACCESSKEY_ID", "NCCL_TOKENFILE",
          "SHARP_COOKIE", "my_ssh_key", "FI_PASSPHRASE"}) {
        EXPECT_TRUE(is_secret_name(name)) << name;
    }
    for (const char* name : {"NCCL_IB_HCA", "UCX_IB_PKEY", "NCCL_IB_PKEY", "UCX_RKEY_MPOOL", "NCCL_NET_BYPASS",
                             "FI_PASSTHROUGH", "ASCEND_DEVICE_ID", "MPICH_AUTHORS", "", "_"}) {
        EXPECT_FALSE(is_secret_name(name)) << name;
    }
}

TEST(WithoutSecrets, hides_them_wherever_a_value_holds_them)
{
    const std::vector<std::pair<std::string, std::string>> rows{
        {"ftp://me:pass@host/x", "ftp://***@host/x"},
        {"http://token@proxy:3128", "http://***@proxy:3128"},
        {"http://a:p@ss@one,http://b:q@two", "http://***@one,http://***@two"},
        {"http://host/path@2x", "http://host/path@2x"},
        {"token=abc;rail=3", "token=***;rail=3"},
        {"https://s/x?rail=1&api_key=abc&n=2", "https://s/x?rail=1&api_key=***&n=2"},
        {"--password abc --rail 3", "--password *** --rail 3"},
        {"--token=abc", "--token=***"},
        {"secret: \"abc\", n", "secret: \"***\", n"},
        {"Authorization: Bearer abc.def x", "Authorization: Bearer *** x"},
        {"Auth: Bearer abc", "Auth: Bearer ***"},
        {"mlx5_0:1,mlx5_1:1", "mlx5_0:1,mlx5_1:1"},
        {"^docker0,lo", "^docker0,lo"},
        {"/etc/keys/token", "/etc/keys/token"},
        {"pkey=0x8001", "pkey=0x8001"},
        {"token=", "token="},
        {"", ""},
    };
    for (const auto& [value, expected] : rows) {
        EXPECT_EQ(without_secrets(value), expected) << value;
    }
}

}  // namespace
}  // namespace plumbline
