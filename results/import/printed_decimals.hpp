// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/case_header.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline::import {

/// How many digits a number has after its point; 0 without one.
std::size_t decimals_of(std::string_view word);

/// What numbers of one table that a suite prints in one form have against each other: one that other output cut ("18"
/// of "18.25") has fewer decimals. Empty where nothing.
std::string unlike_decimals(std::span<const std::string_view> words);

/// The decimals of the rows of a table, of which most tell what the others should have.
class PrintedDecimals {
public:
    /// Of the case that was added to the table as the `index`th.
    void add(std::size_t index, std::size_t line, std::string_view word);
    struct Odd {
        std::size_t index = 0;
        std::size_t line = 0;
        std::string why;
    };
    /// Those that aren't as most are; the first row's number counts where there is no most. Empties it.
    std::vector<Odd> take_odd();

private:
    struct Row {
        std::size_t index = 0;
        std::size_t line = 0;
        std::string word;
    };
    std::vector<Row> rows_;
};

}  // namespace plumbline::import
