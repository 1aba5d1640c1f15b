/// @file
/// What the library needs of the compiler, said in a sentence. Every header includes this one,
/// itself or through others.
#pragma once

#if __cplusplus < 202002L
#error "hebb: the library is written in C++20; compile with -std=c++20 or a later standard"
#endif
#ifndef __cpp_exceptions
#error "hebb: errors are exceptions; compile without -fno-exceptions"
#endif
