// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/backend_info.hpp"

#include <string_view>

namespace plumbline::nccl {

/// What NCCL's own log (NCCL_DEBUG=INFO) says was used on a rank, each name once: `version`, `network` ("IB",
/// "Socket"), `NICs` ("mlx5_0:1/IB, mlx5_1:1/IB"), `GPU Direct RDMA`, `transports` ("P2P/CUMEM, NET/IB/GDRDMA": what
/// channels go over), `channels`, `NVLS` and `CollNet` (SHARP), and with the log of tuning `algorithms` ("AllReduce 8
/// to 16384 B: TREE LL; ..."). Names that the log doesn't speak of are absent; lines that aren't understood are passed
/// over. Pure.
Facts read_debug_log(std::string_view log);

}  // namespace plumbline::nccl
