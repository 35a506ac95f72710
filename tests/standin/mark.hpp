#pragma once

/// What tells a stand-in from the library that it stands in for.
#define PLUMBLINE_STANDIN_MARK(name)                            \
    const char* plumbline_standin();                            \
    const char* plumbline_standin()                             \
    {                                                           \
        return "plumbline's stand-in for " #name ", for tests"; \
    }
