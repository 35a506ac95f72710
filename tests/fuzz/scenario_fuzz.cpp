// Feeds bytes to the reader of scenarios: whatever they are, it either reads them or throws ConfigError.
// With clang: -fsanitize=fuzzer,address,undefined. Elsewhere define PLUMBLINE_FUZZ_STANDALONE for a program that
// replays the files given as arguments.

#include "collectives/error.hpp"
#include "scenarios/yaml_scenario.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string text(data, data + size);
    plumbline::Scenario scenario;
    try {
        scenario = plumbline::parse_scenario(text, "fuzz/scenario.yaml");
    } catch (const plumbline::ConfigError&) {
        return 0;
    }
    // What was read once is read again from its own text: an exception from here is a bug.
    const plumbline::Scenario again = plumbline::parse_scenario(scenario.text, "fuzz/scenario.yaml");
    if (again.text != scenario.text || plumbline::parse_targets(again.targets_text, "targets") != scenario.targets) {
        std::abort();
    }
    return 0;
}

#ifdef PLUMBLINE_FUZZ_STANDALONE
#include <cstdio>
#include <fstream>
#include <iterator>

int main(int argc, char** argv)
{
    for (int i = 1; i < argc; ++i) {
        std::ifstream file(argv[i], std::ios::binary);
        if (!file) {
            std::fprintf(stderr, "%s: can't be read\n", argv[i]);
            return EXIT_FAILURE;
        }
        const std::string text{std::istreambuf_iterator<char>(file), {}};
        LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
    }
    return EXIT_SUCCESS;
}
#endif
