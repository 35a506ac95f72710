// SPDX-License-Identifier: Apache-2.0
#include "collectives/workloads/model_card.hpp"

#include <algorithm>
#include <array>

namespace plumbline {

namespace {

constexpr std::array models{
    // Jiang et al., MegaScale, NSDI 2024 (arXiv 2402.15627), table 1; the vocabulary is implied by its MFU values.
    NamedModel{"megascale-175b", {.layers = 96, .hidden = 12288, .heads = 128, .sequence = 2048, .vocabulary = 64000}},
    NamedModel{"megascale-530b", {.layers = 105, .hidden = 20480, .heads = 160, .sequence = 2048, .vocabulary = 64000}},
    // Llama team, The Llama 3 herd of models (arXiv 2407.21783), tables 3 and 4.
    NamedModel{"llama3-405b", {.layers = 126, .hidden = 16384, .heads = 128, .sequence = 8192, .vocabulary = 128256}},
};

/// l, h, s and V of the formulas.
struct Letters {
    explicit Letters(const ModelCard& model)
        : l(model.layers),
          h(static_cast<double>(model.hidden)),
          s(static_cast<double>(model.sequence)),
          v(static_cast<double>(model.vocabulary))
    {
    }
    double l, h, s, v;
};

}  // namespace

std::span<const NamedModel> known_models()
{
    return models;
}

std::optional<ModelCard> find_model(std::string_view name)
{
    const auto found =
        std::find_if(models.begin(), models.end(), [&](const auto& model) { return model.name == name; });
    return found == models.end() ? std::nullopt : std::optional(found->card);
}

double parameters(const ModelCard& model)
{
    const Letters m(model);
    return 12 * m.l * m.h * m.h * (1 + 13 / (12 * m.h) + (m.v + m.s) / (12 * m.l * m.h));
}

double model_flops(const ModelCard& model, double batch)
{
    const Letters m(model);
    return 72 * batch * m.l * m.s * m.h * m.h * (1 + m.s / (6 * m.h) + m.v / (12 * m.l * m.h));
}

double recomputed_flops(const ModelCard& model, double batch)
{
    const Letters m(model);
    return 96 * batch * m.l * m.s * m.h * m.h * (1 + m.s / (6 * m.h) + m.v / (16 * m.l * m.h));
}

double utilisation(double flops, double seconds, double peak_flops_per_s, double ranks)
{
    return flops / (seconds * peak_flops_per_s * ranks);
}

}  // namespace plumbline
