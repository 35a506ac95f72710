// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace plumbline {

/// A decoder-only transformer.
struct ModelCard {
    int layers = 0;
    std::uint64_t hidden = 0;
    int heads = 0;
    std::uint64_t sequence = 0;
    std::uint64_t vocabulary = 0;
    bool operator==(const ModelCard&) const = default;
};

/// Models whose shape was published. Sources: model_card.cpp.
struct NamedModel {
    std::string_view name;
    ModelCard card;
};
std::span<const NamedModel> known_models();
std::optional<ModelCard> find_model(std::string_view name);

/// 12 l h^2 (1 + 13/(12h) + (V+s)/(12lh)): Narayanan et al. 2021.
double parameters(const ModelCard& model);

/// Floating-point operations of a training step of `batch` sequences, forward and backward without recomputation:
/// 72 B l s h^2 (1 + s/(6h) + V/(12lh)). Korthikanti et al. 2022. The numerator of MFU.
double model_flops(const ModelCard& model, double batch);
/// With a second forward pass of every layer: 96 B l s h^2 (1 + s/(6h) + V/(16lh)). Narayanan et al. 2021. The
/// numerator of HFU with full recomputation.
double recomputed_flops(const ModelCard& model, double batch);

/// Share of the peak of `ranks` devices that a step of `seconds` uses.
double utilisation(double flops, double seconds, double peak_flops_per_s, double ranks);

}  // namespace plumbline
