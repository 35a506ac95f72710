// SPDX-License-Identifier: Apache-2.0
#include "results/records/case_header.hpp"

#include "results/texts/language.hpp"
#include "results/util/named.hpp"

#include <array>

namespace plumbline {
namespace {

constexpr std::array statuses{Named{"measured", CaseStatus::measured}, Named{"skipped", CaseStatus::skipped},
                              Named{"failed", CaseStatus::failed}};
constexpr std::array verifications{Named{"verified", Verification::verified},
                                   Named{"not_verifiable", Verification::not_verifiable},
                                   Named{"off", Verification::off}};

}  // namespace

std::string_view name(CaseStatus status)
{
    return name_in(statuses, status);
}
std::string_view name(Verification verification)
{
    return name_in(verifications, verification);
}
std::optional<CaseStatus> parse_case_status(std::string_view text)
{
    return find_in(statuses, text);
}
std::optional<Verification> parse_verification(std::string_view text)
{
    return find_in(verifications, text);
}

Sentence reason(const CaseHeader& header)
{
    return header.why.is_key() ? header.why : recognised(header.why.text());
}

bool has_wrong_data(const CaseHeader& header)
{
    return header.status == CaseStatus::failed && header.why.english().starts_with(wrong_data);
}

std::optional<TimingRegime> timing_regime(const CaseHeader& header)
{
    if (!header.reported) {
        return timing_of(header.what).regime;
    }
    const int chain = header.reported->chain.value_or(0);
    return chain > 1    ? std::optional(TimingRegime::chained)
           : chain == 1 ? std::optional(TimingRegime::drained)
                        : std::nullopt;
}

}  // namespace plumbline
