// SPDX-License-Identifier: Apache-2.0
#pragma once

/// What tells a fake from the library that it stands in for.
#define PLUMBLINE_FAKE_MARK(name)                               \
    const char* plumbline_fake();                               \
    const char* plumbline_fake()                                \
    {                                                           \
        return "plumbline's stand-in for " #name ", for tests"; \
    }
