// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

/// What a run file must never hold: files are handed on to vendors and customers.
namespace plumbline {

/// Whether something of this name is a secret: PLUMBLINE_TOKEN, FI_AUTH_KEY, ascend-api-key. A partition's or a memory
/// region's key (UCX_IB_PKEY) is none.
bool is_secret_name(std::string_view name);

/// A value with "***" in place of the secrets in it: user and password of an address (ftp://me:pass@host), what a name
/// of a secret is set to (token=..., --password ..., api_key: ...), what follows "Bearer".
std::string without_secrets(std::string_view value);

}  // namespace plumbline
