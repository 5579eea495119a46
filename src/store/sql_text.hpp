#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

namespace smsctl::store {

/// SQL put together while compiling, so that a list of columns is written once and the finished
/// statement still passes ScopedSql's check. Give it static storage.
template <std::size_t N>
struct SqlText {
    consteval SqlText() = default;
    consteval SqlText(const char (&literal)[N]) // NOLINT: implicit, so that a literal will do
    {
        std::copy_n(literal, N, text.begin());
    }
    constexpr const char* c_str() const { return text.data(); }

    std::array<char, N> text{};
};

template <std::size_t N, std::size_t M>
consteval SqlText<N + M - 1> operator+(const SqlText<N>& left, const SqlText<M>& right)
{
    SqlText<N + M - 1> both;
    std::copy_n(left.text.begin(), N - 1, both.text.begin());
    std::copy_n(right.text.begin(), M, both.text.begin() + (N - 1));
    return both;
}

template <std::size_t N, std::size_t M>
consteval SqlText<N + M - 1> operator+(const SqlText<N>& left, const char (&right)[M])
{
    return left + SqlText<M>(right);
}

} // namespace smsctl::store
