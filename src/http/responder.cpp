#include "http/server.hpp"

namespace smsctl::http {

namespace {

constexpr int internal_error = 500;

void answer(Responder::Deliver& deliver, ServerResponse response)
{
    if (const auto once = std::exchange(deliver, {})) {
        once(std::move(response));
    }
}

ServerResponse unanswered()
{
    ServerResponse response;
    response.status = internal_error;
    return response;
}

} // namespace

Responder::Responder(Deliver deliver) : m_deliver(std::move(deliver)) {}

Responder::Responder(Responder&& other) noexcept : m_deliver(std::exchange(other.m_deliver, {})) {}

Responder& Responder::operator=(Responder&& other) noexcept
{
    if (this != &other) {
        answer(m_deliver, unanswered());
        m_deliver = std::exchange(other.m_deliver, {});
    }
    return *this;
}

Responder::~Responder()
{
    answer(m_deliver, unanswered());
}

void Responder::operator()(ServerResponse response)
{
    answer(m_deliver, std::move(response));
}

} // namespace smsctl::http
